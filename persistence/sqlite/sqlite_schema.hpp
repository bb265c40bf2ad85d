// The layout of a SQLite storage's file, version 1.
//
// Numbers are unsigned with 64 bits, kept as SQLite's signed ones with the same bits. Names are
// bytes. Records of one write lie together in rows of up to 64 (record_entry.hpp), which is more
// than twice as fast as a row for each. What can be computed is not stored: of a queue with the
// last number n and the cursor c, n were stored and n - c wait.
#pragma once

#include <string_view>

namespace troupe::persistence {

inline constexpr std::string_view sqlite_schema = R"sql(
CREATE TABLE storage(opening INTEGER NOT NULL) STRICT;
INSERT INTO storage VALUES(0);

-- opening: of the process whose owner has it. bytes_stored: of all messages ever.
CREATE TABLE queue(
  id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,
  opening INTEGER NOT NULL, epoch INTEGER NOT NULL, incarnation INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  last_ms INTEGER NOT NULL, last INTEGER NOT NULL,
  cursor_ms INTEGER NOT NULL, cursor INTEGER NOT NULL,
  started INTEGER NOT NULL, attempts INTEGER NOT NULL, settle_number INTEGER NOT NULL,
  bytes_stored INTEGER NOT NULL, bytes_waiting INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  settled INTEGER NOT NULL, dead INTEGER NOT NULL, expired INTEGER NOT NULL,
  purged INTEGER NOT NULL,
  letters INTEGER NOT NULL, last_letter INTEGER NOT NULL) STRICT;

-- number: of its first message. before: bytes of all messages before it.
CREATE TABLE queue_entry(
  queue INTEGER, number INTEGER, ms INTEGER NOT NULL, before INTEGER NOT NULL,
  checksum INTEGER NOT NULL, sizes BLOB NOT NULL, history BLOB NOT NULL, records BLOB NOT NULL,
  PRIMARY KEY(queue, number)) STRICT, WITHOUT ROWID;

CREATE TABLE producer(
  queue INTEGER, producer INTEGER, batch INTEGER NOT NULL, taken INTEGER NOT NULL,
  first_ms INTEGER NOT NULL, first INTEGER NOT NULL,
  PRIMARY KEY(queue, producer)) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letter(
  queue INTEGER, id INTEGER, ms INTEGER NOT NULL, number INTEGER NOT NULL,
  died_at INTEGER NOT NULL, attempts INTEGER NOT NULL, error BLOB NOT NULL,
  history BLOB NOT NULL, record BLOB NOT NULL,
  PRIMARY KEY(queue, id)) STRICT, WITHOUT ROWID;

CREATE TABLE journal(
  id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,
  opening INTEGER NOT NULL, epoch INTEGER NOT NULL, incarnation INTEGER NOT NULL,
  instance INTEGER NOT NULL,
  last INTEGER NOT NULL, first INTEGER NOT NULL,
  applied_ms INTEGER NOT NULL, applied INTEGER NOT NULL,
  write_number INTEGER NOT NULL, snapshot INTEGER NOT NULL, erased INTEGER NOT NULL) STRICT;

CREATE TABLE journal_entry(
  journal INTEGER, number INTEGER, checksum INTEGER NOT NULL, sizes BLOB NOT NULL,
  records BLOB NOT NULL,
  PRIMARY KEY(journal, number)) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot(
  journal INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, record BLOB NOT NULL) STRICT;

CREATE TABLE tag(
  id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, last INTEGER NOT NULL) STRICT;

CREATE TABLE tagged(
  tag INTEGER, place INTEGER, journal INTEGER NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY(tag, place)) STRICT, WITHOUT ROWID;
CREATE INDEX tagged_event ON tagged(journal, number);
)sql";

}  // namespace troupe::persistence
