// The dead letters of SqliteQueues.
#include <algorithm>
#include <troupe/persistence/rules/request_rules.hpp>
#include <troupe/persistence/sqlite/sqlite_queues.hpp>

namespace troupe::persistence {
namespace {

DeadLetterRecord read_letter(const Statement::Rows& row) {
  return {.id = row.number(0),
          .position = {row.number(1), row.number(2)},
          .died_at = row.number(3),
          .attempts = static_cast<std::uint32_t>(row.number(4)),
          .error = std::string(row.bytes(5)),
          .record = std::string(row.bytes(7)),
          .history = std::string(row.bytes(6))};
}

}  // namespace

/// Before the messages are removed.
void SqliteQueues::bury(Slot& slot, const SettleBatch& operation, std::uint64_t now) {
  std::uint64_t id = slot.ledger.last_letter();
  for (const Death& death : slot.ledger.deaths(operation)) {
    Statement::Rows rows = find_entry_.rows(slot.id, death.number);
    if (!rows.next()) continue;
    const RecordEntry entry{.place = slot.id,
                            .number = rows.number(0),
                            .sizes = rows.bytes(4),
                            .records = rows.bytes(6)};
    const std::uint64_t index = death.number - entry.number;
    const std::string_view record = index < entry.count() ? entry.record(index) : "";
    write_letter_.run(slot.id, ++id, rows.number(1), death.number, now, death.attempts,
                      kept_error(death), rows.bytes(5), record);
  }
}

void SqliteQueues::forget_letters(Slot& slot, StorageCounts& counts) {
  const std::uint64_t kept = slot.ledger.state().dead_letters;
  if (kept <= limits_.dead_letters_max) return;
  const std::uint64_t forgotten = kept - limits_.dead_letters_max;
  drop_oldest_letters_.run(slot.id, forgotten);
  slot.ledger.book_letters_gone(forgotten);
  counts.letters_forgotten += forgotten;
}

void SqliteQueues::carry_out(ListDeadLetters& operation) {
  operation.letters.clear();
  operation.is_end = true;
  answered(operation, Stored::stored);
  std::size_t bytes = 0;
  Statement::Rows row = read_letters_.rows(slot(operation.queue).id, operation.after + 1);
  while (row.next()) {
    DeadLetterRecord letter = read_letter(row);
    bytes += letter.record.size();
    const bool is_full = operation.letters.size() >= operation.letters_max ||
                         (bytes > operation.bytes_max && !operation.letters.empty());
    if (is_full) {
      operation.is_end = false;
      return;
    }
    operation.letters.push_back(std::move(letter));
  }
}

void SqliteQueues::carry_out(HandleDeadLetters& operation, std::uint64_t now,
                             StorageCounts& counts) {
  operation.handled = operation.next_id = 0;
  answered(operation, Stored::stored);
  Slot& queue = slot(operation.queue);
  if (queue.id == 0) return;
  // The rows are read one by one, as each is removed before the next one is.
  std::size_t bytes = 0;
  std::uint64_t next = operation.first;
  while (next <= operation.last) {
    DeadLetterRecord letter;
    {
      Statement::Rows row = read_letters_.rows(queue.id, next);
      if (!row.next()) break;
      letter = read_letter(row);
    }
    if (letter.id > operation.last) break;
    bytes += letter.record.size();
    if (is_past_one_step(operation, bytes)) {
      operation.next_id = letter.id;
      break;
    }
    const bool replays = operation.action == HandleDeadLetters::Action::replay;
    if (replays && !takes_more_) {
      answered(operation, Stored::storage_full, is_full(file_.path()));
      return;
    }
    touch(queue);
    if (replays) {
      replay(queue, letter, now);
      ++counts.messages;
    }
    drop_letter_.run(queue.id, letter.id);
    queue.ledger.book_letters_gone(1);
    ++operation.handled;
    next = letter.id + 1;
  }
}

void SqliteQueues::replay(Slot& slot, const DeadLetterRecord& letter, std::uint64_t now) {
  const Position position = slot.ledger.next_position(now);
  Records records;
  records.add(letter.record);
  write_entry(slot, records, 0, 1, position, add_death(letter.history, letter));
  slot.ledger.book_replay(position, letter.record.size());
}

}  // namespace troupe::persistence
