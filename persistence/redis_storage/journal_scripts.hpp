// The scripts of journals, snapshots and tags in Redis.
//
// Keys of a journal, all in one slot of a Redis Cluster; b is its bucket, T "troupe:<cluster>":
//
//   T:{b}:j:<key>    stream  events; id "<number of the first>-0", fields z sizes, r records
//   T:{b}:k:<key>    hash    the state: see the prelude
//   T:{b}:s:<key>    hash    r: the snapshot
//   T:{b}:x:<key>    zset    "<place> <tag>" of its tagged events, by their numbers
//   T:{b}:t:<tag>    stream  k key, n number; id "<place>-0", by INCR of T:{b}:l:<tag>
//   T:{b}:journals   zset    keys, all with the score 0
#pragma once

#include <troupe/persistence/redis/command.hpp>
#include <vector>

namespace troupe::persistence {

struct JournalScripts {
  JournalScripts();
  const redis::Script claim;
  const redis::Script append;
  const redis::Script known;  // Whether a write was stored, where nothing more can be.
  const redis::Script read;
  const redis::Script read_tag;
  const redis::Script erase;
  const redis::Script list;
  const redis::Script save;
  const redis::Script load;

  [[nodiscard]] std::vector<redis::Script> all() const;
};

/// Made once.
[[nodiscard]] const JournalScripts& journal_scripts();

}  // namespace troupe::persistence
