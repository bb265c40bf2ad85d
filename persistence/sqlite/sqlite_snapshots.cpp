// The snapshots and tags of SqliteJournals.
#include <algorithm>
#include <string_view>
#include <troupe/persistence/rules/checksum.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <troupe/persistence/sqlite/sqlite_journals.hpp>
#include <utility>

namespace troupe::persistence {

void SqliteJournals::carry_out(SaveSnapshot& operation) {
  Slot& journal = slot(operation.key);
  if (!journal.ledger.ask_save(operation, limits_)) return;
  if (!takes_more_) {
    answered(operation, Stored::storage_full, is_full(file_.path()));
    return;
  }
  touch(journal);
  write_snapshot_.run(journal.id, crc32c(operation.record), operation.record);
  remove_before(journal, journal.ledger.keeps_from(operation));
  journal.ledger.book_save(operation);
}

void SqliteJournals::carry_out(LoadSnapshot& operation) {
  operation.number = 0;
  operation.record.clear();
  answered(operation, Stored::stored);
  const Slot& journal = slot(operation.key);
  if (journal.ledger.state().snapshot == 0) return;
  Statement::Rows row = read_snapshot_.rows(journal.id);
  if (!row.next() || crc32c(row.bytes(1)) != row.number(0)) {
    answered(operation, Stored::damaged,
             file_.path() + ": " + named("journal", operation.key) +
                 ": its snapshot is not what was written: restore a backup");
    return;
  }
  operation.number = journal.ledger.state().snapshot;
  operation.record = row.bytes(1);
}

void SqliteJournals::carry_out(ReadTag& operation) {
  operation.events.clear();
  operation.through = operation.after;
  operation.is_end = true;
  answered(operation, Stored::stored);
  const std::uint64_t after = operation.after.empty() ? 0 : operation.after.front().number;
  std::uint64_t tag = 0;
  std::uint64_t last = 0;
  {
    Statement::Rows row = find_tag_.rows(operation.tag);
    if (row.next()) {
      tag = row.number(0);
      last = row.number(1);
    }
  }
  if (operation.after.size() > 1 || after > last) {
    answered(operation, Stored::refused, tag_is_behind(operation.tag));
    return;
  }
  std::size_t bytes = 0;
  std::uint64_t through = after;
  Statement::Rows row = read_tagged_.rows(tag, after);
  while (row.next()) {
    TaggedEvent event{.key = std::string(row.bytes(3)), .number = row.number(2)};
    if (!find_tagged(operation, row.number(1), event)) {
      operation.through = {{0, through}};
      return;
    }
    bytes += event.record.size();
    const std::size_t count = operation.events.size();
    if (count >= operation.events_max || (count > 0 && bytes > operation.bytes_max)) {
      operation.through = {{0, through}};
      operation.is_end = false;
      return;
    }
    through = row.number(0);
    operation.events.push_back(std::move(event));
  }
  operation.through = {{0, last}};
}

bool SqliteJournals::find_tagged(ReadTag& operation, std::uint64_t journal, TaggedEvent& event) {
  Statement::Rows row = find_entry_.rows(journal, event.number);
  if (row.next()) {
    const RecordEntry entry{
        .place = journal, .number = row.number(0), .sizes = row.bytes(2), .records = row.bytes(3)};
    const std::uint64_t index = event.number - entry.number;
    if (entry.is_whole(row.number(1)) && index < entry.count()) {
      event.record = entry.record(index);
      return true;
    }
  }
  operation.is_end = false;
  return answered(operation, Stored::damaged, damage(event.key, event.number));
}

}  // namespace troupe::persistence
