#include <troupe/persistence/sqlite/sqlite_journals.hpp>

#include <algorithm>
#include <string_view>
#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

// Journals that are kept in memory between transactions.
constexpr std::size_t journals_max = 65'536;

std::string select_journals(std::string_view rest) {
  return "SELECT id, key, opening, epoch, incarnation, instance, last, first, applied_ms, applied, "
         "write_number, snapshot, erased FROM journal " +
         std::string(rest);
}

}  // namespace

SqliteJournals::SqliteJournals(const SqliteFile& file, const StorageLimits& limits)
    : file_(file),
      limits_(limits),
      find_journal_(file.database(), select_journals("WHERE key = ?")),
      list_journals_(file.database(), select_journals("WHERE key > ? ORDER BY key LIMIT ?")),
      make_journal_(file.database(),
                    "INSERT INTO journal VALUES(NULL, ?, 0,0,0,0, 0,1, 0,0, 0,0,0) RETURNING id"),
      write_journal_(file.database(),
                     "UPDATE journal SET opening=?2, epoch=?3, incarnation=?4, instance=?5, "
                     "last=?6, first=?7, applied_ms=?8, applied=?9, write_number=?10, "
                     "snapshot=?11, erased=?12 WHERE id=?1"),
      write_entry_(file.database(), "INSERT INTO journal_entry VALUES(?,?,?,?,?)"),
      find_entry_(file.database(),
                  "SELECT number, checksum, sizes, records FROM journal_entry WHERE journal=? AND "
                  "number<=? ORDER BY number DESC LIMIT 1"),
      find_sizes_(file.database(),
                  "SELECT number, sizes FROM journal_entry WHERE journal=? AND number<=? "
                  "ORDER BY number DESC LIMIT 1"),
      read_entries_(
          file.database(),
          "SELECT number, checksum, sizes, records FROM journal_entry WHERE journal=? AND "
          "number>=? ORDER BY number"),
      drop_entries_(file.database(), "DELETE FROM journal_entry WHERE journal=? AND number<?"),
      write_snapshot_(file.database(), "INSERT OR REPLACE INTO snapshot VALUES(?,?,?)"),
      read_snapshot_(file.database(), "SELECT checksum, record FROM snapshot WHERE journal=?"),
      drop_snapshot_(file.database(), "DELETE FROM snapshot WHERE journal=?"),
      find_tag_(file.database(), "SELECT id, last FROM tag WHERE name=?"),
      write_tag_(file.database(),
                 "INSERT INTO tag VALUES(NULL, ?1, ?2) ON CONFLICT(name) DO UPDATE SET "
                 "last = last + ?2 RETURNING id, last"),
      write_tagged_(file.database(), "INSERT INTO tagged VALUES(?,?,?,?)"),
      read_tagged_(file.database(),
                   "SELECT tagged.place, tagged.journal, tagged.number, journal.key FROM tagged "
                   "JOIN journal ON journal.id = tagged.journal "
                   "WHERE tagged.tag=? AND tagged.place>? ORDER BY tagged.place"),
      drop_tagged_(file.database(), "DELETE FROM tagged WHERE journal=? AND number<?") {}

SqliteJournals::Slot& SqliteJournals::slot(const std::string& key) {
  const auto found = slots_.find(key);
  if (found != slots_.end()) return found->second;
  if (slots_.size() >= journals_max) {
    flush();
    slots_.clear();
  }
  Slot slot;
  slot.ledger = JournalLedger(key);
  Statement::Rows row = find_journal_.rows(key);
  if (row.next()) slot = read_slot(row);
  return slots_.emplace(key, std::move(slot)).first->second;
}

SqliteJournals::Slot SqliteJournals::read_slot(const Statement::Rows& row) {
  JournalState state{
      .key = std::string(row.bytes(1)),
      .owner = {.epoch = row.number(3), .incarnation = row.number(4), .instance = row.number(5)},
      .last = row.number(6),
      .first = row.number(7),
      .applied = {row.number(8), row.number(9)},
      .write_number = row.number(10),
      .snapshot = row.number(11),
      .is_erased = row.number(12) != 0};
  return {.id = row.number(0), .opening = row.number(2), .ledger = JournalLedger(std::move(state))};
}

void SqliteJournals::touch(Slot& slot) {
  if (slot.id == 0) {
    Statement::Rows row = make_journal_.rows(slot.ledger.state().key);
    if (row.next()) slot.id = row.number(0);
  }
  if (!std::exchange(slot.is_dirty, true)) dirty_.push_back(&slot);
}

void SqliteJournals::flush() {
  for (Slot* slot : dirty_) {
    const JournalState& now = slot->ledger.state();
    write_journal_.run(slot->id, slot->opening, now.owner.epoch, now.owner.incarnation,
                       now.owner.instance, now.last, now.first, now.applied.milliseconds,
                       now.applied.number, now.write_number, now.snapshot,
                       std::uint64_t{now.is_erased});
    slot->is_dirty = false;
  }
  dirty_.clear();
}

void SqliteJournals::forget() noexcept {
  dirty_.clear();
  slots_.clear();
}

std::string SqliteJournals::damage(const std::string& key, std::uint64_t number) const {
  return file_.path() + ": " + named("journal", key) + ": event " + std::to_string(number) +
         " and those beside it are not what was written: restore a backup";
}

void SqliteJournals::carry_out(ClaimJournal& operation) {
  Slot& journal = slot(operation.key);
  if (!journal.ledger.ask_claim(operation, journal.opening != file_.opening())) return;
  touch(journal);
  journal.ledger.book_claim(operation);
  journal.opening = file_.opening();
}

void SqliteJournals::carry_out(AppendEvents& operation, StorageCounts& counts) {
  Slot& journal = slot(operation.key);
  if (!journal.ledger.ask_append(operation, limits_)) return;
  if (!takes_more_ && adds(operation)) {
    answered(operation, Stored::storage_full, is_full(file_.path()));
    return;
  }
  touch(journal);
  write_events(journal, operation.events);
  for (const Tag& tag : operation.tags) write_tag(journal, tag);
  remove_before(journal, journal.ledger.keeps_from(operation));
  journal.ledger.book_append(operation);
  counts.events += operation.events.size();
}

void SqliteJournals::write_events(const Slot& slot, const Records& events) {
  for (std::size_t first = 0; first < events.size();) {
    const std::size_t count = entry_count(events, first, events.size());
    const std::string sizes = pack_sizes(events, first, count);
    const RecordEntry entry{.place = slot.id,
                            .number = slot.ledger.state().last + 1 + first,
                            .sizes = sizes,
                            .records = events.slice(first, count)};
    write_entry_.run(slot.id, entry.number, entry.checksum(), entry.sizes, entry.records);
    first += count;
  }
}

void SqliteJournals::write_tag(const Slot& slot, const Tag& tag) {
  std::uint64_t id = 0;
  std::uint64_t place = 0;
  {
    Statement::Rows row = write_tag_.rows(tag.name, tag.events.size());
    if (row.next()) {
      id = row.number(0);
      place = row.number(1) - tag.events.size();
    }
    while (row.next()) {
    }
  }
  for (const std::uint32_t event : tag.events) {
    write_tagged_.run(id, ++place, slot.id, slot.ledger.state().last + 1 + event);
  }
}

/// Rows of which nothing is kept; of what else is before `first` the ledger knows.
void SqliteJournals::remove_before(const Slot& slot, std::uint64_t first) {
  if (first <= slot.ledger.state().first) return;
  drop_tagged_.run(slot.id, first);
  std::uint64_t kept = first;
  {
    Statement::Rows rows = find_sizes_.rows(slot.id, first);
    if (rows.next()) {
      const RecordEntry entry{.number = rows.number(0), .sizes = rows.bytes(1)};
      if (entry.number + entry.count() > first) kept = entry.number;
    }
  }
  drop_entries_.run(slot.id, kept);
}

void SqliteJournals::carry_out(ReadEvents& operation) {
  operation.begins = 0;
  operation.events.clear();
  answered(operation, Stored::stored);
  const Slot& journal = slot(operation.key);
  const JournalState& state = journal.ledger.state();
  operation.last = state.last;
  const std::uint64_t first = std::max(operation.first, state.first);
  std::uint64_t begin = first;
  {
    Statement::Rows row = find_sizes_.rows(journal.id, first);
    if (row.next()) begin = row.number(0);
  }
  Statement::Rows row = read_entries_.rows(journal.id, begin);
  while (row.next()) {
    const RecordEntry entry{.place = journal.id,
                            .number = row.number(0),
                            .sizes = row.bytes(2),
                            .records = row.bytes(3)};
    if (!entry.is_whole(row.number(1))) {
      answered(operation, Stored::damaged, damage(operation.key, entry.number));
      return;
    }
    for (std::size_t i = 0; i < entry.count(); ++i) {
      if (entry.number + i < first) continue;
      const std::string_view record = entry.record(i);
      const std::size_t count = operation.events.size();
      if (count >= operation.events_max) return;
      if (count > 0 && operation.events.bytes() + record.size() > operation.bytes_max) return;
      if (count == 0) operation.begins = entry.number + i;
      operation.events.add(record);
    }
  }
}

void SqliteJournals::carry_out(EraseJournal& operation) {
  operation.erased = 0;
  Slot& journal = slot(operation.key);
  if (journal.id == 0) {
    answered(operation, Stored::refused, "there is no " + named("journal", operation.key));
    return;
  }
  if (!journal.ledger.ask_erase(operation)) return;
  touch(journal);
  remove_before(journal, journal.ledger.state().last + 1);
  drop_snapshot_.run(journal.id);
  journal.ledger.book_erase(operation);
}

void SqliteJournals::carry_out(ListJournals& operation) {
  flush();
  operation.journals.clear();
  operation.is_end = true;
  Statement::Rows row = list_journals_.rows(operation.after, operation.journals_max + 1);
  while (row.next()) {
    if (operation.journals.size() == operation.journals_max) {
      operation.is_end = false;
      break;
    }
    operation.journals.push_back(read_slot(row).ledger.state());
  }
  answered(operation, Stored::stored);
}

}  // namespace troupe::persistence
