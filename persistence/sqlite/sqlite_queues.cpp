#include <troupe/persistence/sqlite/sqlite_queues.hpp>

#include <sqlite3.h>
#include <algorithm>
#include <string_view>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

// Queues that are kept in memory between transactions.
constexpr std::size_t slots_max = 65'536;

constexpr std::string_view columns =
    "id, name, opening, epoch, incarnation, instance, last_ms, last, cursor_ms, cursor, started, "
    "attempts, settle_number, bytes_stored, bytes_waiting, paused, settled, dead, expired, purged, "
    "letters, last_letter";

std::string select(std::string_view what, std::string_view rest) {
  return "SELECT " + std::string(what) + " " + std::string(rest);
}

constexpr std::string_view entry_columns = "number, ms, before, checksum, sizes, history, records";

}  // namespace

/// A row of queue_entry as it is read.
struct SqliteQueues::EntryRow {
  EntryRow(const Statement::Rows& row, std::uint64_t queue)
      : entry{.place = queue,
              .number = row.number(0),
              .sizes = row.bytes(4),
              .records = row.bytes(6)},
        milliseconds(row.number(1)),
        before(row.number(2)),
        checksum(row.number(3)),
        history(row.bytes(5)) {}

  RecordEntry entry;
  std::uint64_t milliseconds;
  std::uint64_t before;
  std::uint64_t checksum;
  std::string_view history;
};

SqliteQueues::SqliteQueues(const SqliteFile& file, const StorageLimits& limits)
    : file_(file),
      limits_(limits),
      find_queue_(file.database(), select(columns, "FROM queue WHERE name = ?")),
      list_queues_(file.database(),
                   select(columns, "FROM queue WHERE name > ? ORDER BY name LIMIT ?")),
      make_queue_(file.database(),
                  "INSERT INTO queue VALUES(NULL, ?, 0,0,0,0, 0,0,0,0, 0,0,0, 0,0, 0, 0,0,0,0, "
                  "0,0) RETURNING id"),
      write_queue_(
          file.database(),
          "UPDATE queue SET opening=?2, epoch=?3, incarnation=?4, instance=?5, last_ms=?6, "
          "last=?7, cursor_ms=?8, cursor=?9, started=?10, attempts=?11, "
          "settle_number=?12, bytes_stored=?13, bytes_waiting=?14, paused=?15, "
          "settled=?16, dead=?17, expired=?18, purged=?19, letters=?20, last_letter=?21 "
          "WHERE id=?1"),
      find_producers_(file.database(),
                      "SELECT producer, batch, taken, first_ms, first FROM producer WHERE queue=? "
                      "ORDER BY first"),
      write_producer_(file.database(), "INSERT OR REPLACE INTO producer VALUES(?,?,?,?,?,?)"),
      drop_producer_(file.database(), "DELETE FROM producer WHERE queue=? AND producer=?"),
      write_entry_(file.database(), "INSERT INTO queue_entry VALUES(?,?,?,?,?,?,?,?)"),
      find_entry_(file.database(),
                  select(entry_columns,
                         "FROM queue_entry WHERE queue=? AND number<=? ORDER BY number DESC "
                         "LIMIT 1")),
      find_sizes_(file.database(),
                  select("number, ms, before, checksum, sizes, x'', x''",
                         "FROM queue_entry WHERE queue=? AND number<=? ORDER BY number DESC "
                         "LIMIT 1")),
      read_entries_(
          file.database(),
          select(entry_columns, "FROM queue_entry WHERE queue=? AND number>=? ORDER BY number")),
      find_first_(file.database(),
                  "SELECT number, length(sizes) FROM queue_entry WHERE queue=? ORDER BY number "
                  "LIMIT 1"),
      drop_entries_(file.database(),
                    "DELETE FROM queue_entry WHERE queue=? AND number>? AND number<=?"),
      drop_some_(file.database(),
                 "DELETE FROM queue_entry WHERE queue=?1 AND number IN (SELECT number FROM "
                 "queue_entry WHERE queue=?1 AND number<=?2 ORDER BY number LIMIT ?3)"),
      drop_garbage_(file.database(),
                    "DELETE FROM queue_entry WHERE queue=?1 AND number IN (SELECT number FROM "
                    "queue_entry WHERE queue=?1 AND number + length(sizes)/4 - 1 <= "
                    "(SELECT cursor FROM queue WHERE id=?1) ORDER BY number LIMIT ?2)"),
      drop_queue_(file.database(), "DELETE FROM queue WHERE id=?"),
      drop_producers_(file.database(), "DELETE FROM producer WHERE queue=?"),
      write_letter_(file.database(), "INSERT INTO dead_letter VALUES(?,?,?,?,?,?,?,?,?)"),
      read_letters_(file.database(),
                    "SELECT id, ms, number, died_at, attempts, error, history, record "
                    "FROM dead_letter WHERE queue=? AND id>=? ORDER BY id"),
      drop_letter_(file.database(), "DELETE FROM dead_letter WHERE queue=? AND id=?"),
      drop_oldest_letters_(file.database(),
                           "DELETE FROM dead_letter WHERE queue=?1 AND id IN (SELECT id FROM "
                           "dead_letter WHERE queue=?1 ORDER BY id LIMIT ?2)") {}

SqliteQueues::Slot& SqliteQueues::slot(const std::string& name) {
  const auto found = slots_.find(name);
  if (found != slots_.end()) return found->second;
  if (slots_.size() >= slots_max) {
    flush();
    slots_.clear();
  }
  Slot slot;
  slot.ledger = QueueLedger(name);
  Statement::Rows row = find_queue_.rows(name);
  if (row.next()) {
    slot = read_slot(row);
    look_for_garbage(slot);
  }
  return slots_.emplace(name, std::move(slot)).first->second;
}

SqliteQueues::Slot SqliteQueues::read_slot(Statement::Rows& row) {
  QueueState state{
      .name = std::string(row.bytes(1)),
      .owner = {.epoch = row.number(3), .incarnation = row.number(4), .instance = row.number(5)},
      .last = {row.number(6), row.number(7)},
      .cursor = {row.number(8), row.number(9)},
      .attempts = {.number = row.number(10), .count = static_cast<std::uint32_t>(row.number(11))},
      .settle_number = row.number(12),
      .waiting_bytes = row.number(14),
      .dead_letters = row.number(20),
      .is_paused = row.number(15) != 0,
      .books = {.stored = row.number(7),
                .settled = row.number(16),
                .dead = row.number(17),
                .expired = row.number(18),
                .purged = row.number(19),
                .waiting = row.number(7) - row.number(9)}};
  const std::uint64_t id = row.number(0);
  std::vector<ProducerBatch> producers;
  Statement::Rows batches = find_producers_.rows(id);
  while (batches.next()) {
    producers.push_back({.producer = batches.number(0),
                         .batch = batches.number(1),
                         .taken = batches.number(2),
                         .first = {batches.number(3), batches.number(4)}});
  }
  return {.id = id,
          .opening = row.number(2),
          .bytes_stored = row.number(13),
          .ledger = QueueLedger(std::move(state), std::move(producers), row.number(21))};
}

void SqliteQueues::touch(Slot& slot) {
  if (slot.id == 0) {
    Statement::Rows row = make_queue_.rows(slot.ledger.state().name);
    if (row.next()) slot.id = row.number(0);
  }
  if (!std::exchange(slot.is_dirty, true)) dirty_.push_back(&slot);
}

void SqliteQueues::flush() {
  for (Slot* slot : dirty_) flush(*slot);
  dirty_.clear();
}

void SqliteQueues::flush(Slot& slot) {
  const QueueState& now = slot.ledger.state();
  write_queue_.run(
      slot.id, slot.opening, now.owner.epoch, now.owner.incarnation, now.owner.instance,
      now.last.milliseconds, now.last.number, now.cursor.milliseconds, now.cursor.number,
      now.attempts.number, now.attempts.count, now.settle_number, slot.bytes_stored,
      now.waiting_bytes, std::uint64_t{now.is_paused}, now.books.settled, now.books.dead,
      now.books.expired, now.books.purged, now.dead_letters, slot.ledger.last_letter());
  for (const ProducerBatch& one : slot.ledger.producers()) {
    if (std::ranges::find(slot.dirty_producers, one.producer) == slot.dirty_producers.end()) {
      continue;
    }
    write_producer_.run(slot.id, one.producer, one.batch, one.taken, one.first.milliseconds,
                        one.first.number);
  }
  slot.dirty_producers.clear();
  slot.is_dirty = false;
}

void SqliteQueues::forget() noexcept {
  dirty_.clear();
  slots_.clear();
}

bool SqliteQueues::is_claimed(const std::string& queue) {
  return slot(queue).opening == file_.opening();
}

void SqliteQueues::carry_out(ClaimQueue& operation) {
  Slot& queue = slot(operation.queue);
  if (!queue.ledger.ask_claim(operation, queue.opening != file_.opening())) return;
  touch(queue);
  queue.ledger.book_claim(operation);
  queue.opening = file_.opening();
}

void SqliteQueues::carry_out(AppendBatch& operation, std::uint64_t now, StorageCounts& counts) {
  Slot& queue = slot(operation.queue);
  if (!queue.ledger.ask_append(operation, limits_, now)) return;
  if (!takes_more_) {
    operation.taken = 0;
    answered(operation, Stored::storage_full, is_full(file_.path()));
    return;
  }
  touch(queue);
  Position position = operation.first;
  for (std::size_t first = 0; first < operation.taken;) {
    const std::size_t count = entry_count(operation.records, first, operation.taken);
    write_entry(queue, operation.records, first, count, position, {});
    position.number += count;
    first += count;
  }
  const std::uint64_t oldest =
      queue.ledger.producers().empty() ? 0 : queue.ledger.producers().front().producer;
  const std::size_t forgotten = queue.ledger.book_append(operation);
  if (forgotten != 0) drop_producer_.run(queue.id, oldest);
  queue.dirty_producers.push_back(operation.producer);
  counts.producers_forgotten += forgotten;
  counts.messages += operation.taken;
}

void SqliteQueues::write_entry(Slot& slot, const Records& records, std::size_t first,
                               std::size_t count, Position position, const std::string& history) {
  const std::string sizes = pack_sizes(records, first, count);
  const RecordEntry entry{.place = slot.id,
                          .number = position.number,
                          .sizes = sizes,
                          .records = records.slice(first, count)};
  write_entry_.run(slot.id, position.number, position.milliseconds, slot.bytes_stored,
                   entry.checksum(), entry.sizes, history, entry.records);
  slot.bytes_stored += entry.records.size();
}

void SqliteQueues::carry_out(ReadQueue& operation) {
  operation.messages.clear();
  Slot& queue = slot(operation.queue);
  const QueueState& state = queue.ledger.state();
  operation.last = state.last;
  operation.is_paused = state.is_paused;
  answered(operation, Stored::stored);
  const std::uint64_t first = std::max(operation.after.number, state.cursor.number) + 1;
  std::uint64_t begin = first;
  {
    Statement::Rows row = find_sizes_.rows(queue.id, first);
    if (row.next()) begin = row.number(0);
  }
  std::size_t bytes = 0;
  Statement::Rows row = read_entries_.rows(queue.id, begin);
  while (row.next()) {
    if (!read_entry(operation, first, EntryRow(row, queue.id), bytes)) return;
  }
}

/// Of the entry what is from `first` on. False: no more.
bool SqliteQueues::read_entry(ReadQueue& operation, std::uint64_t first, const EntryRow& row,
                              std::size_t& bytes) const {
  if (!row.entry.is_whole(row.checksum)) {
    return answered(operation, Stored::damaged,
                    file_.path() + ": " + named("queue", operation.queue) + ": messages from " +
                        std::to_string(row.entry.number) +
                        " on are not what was written: purge the queue, or restore a backup");
  }
  for (std::size_t i = 0; i < row.entry.count(); ++i) {
    const std::uint64_t number = row.entry.number + i;
    if (number < first) continue;
    if (operation.messages.size() >= operation.messages_max) return false;
    const std::string_view record = row.entry.record(i);
    bytes += record.size();
    if (bytes > operation.bytes_max && !operation.messages.empty()) return false;
    operation.messages.push_back({.position = {row.milliseconds, number},
                                  .record = std::string(record),
                                  .history = std::string(row.history)});
  }
  return true;
}

void SqliteQueues::carry_out(SettleBatch& operation, std::uint64_t now, StorageCounts& counts) {
  Slot& queue = slot(operation.queue);
  if (!queue.ledger.ask_settle(operation)) return;
  touch(queue);
  Position cursor;
  std::uint64_t bytes = 0;
  if (operation.through > queue.ledger.state().cursor.number) {
    bury(queue, operation, now);
    remove(queue, operation, cursor, bytes);
  }
  queue.ledger.book_settle(operation, cursor, bytes);
  forget_letters(queue, counts);
}

void SqliteQueues::remove(Slot& slot, const SettleBatch& operation, Position& cursor,
                          std::uint64_t& bytes) {
  const QueueState& state = slot.ledger.state();
  if (operation.through == state.last.number) {
    cursor = state.last;
    bytes = state.waiting_bytes;
    drop_entries_.run(slot.id, slot.garbage_through, operation.through);
    return;
  }
  std::uint64_t last_dropped = 0;
  {
    Statement::Rows rows = find_sizes_.rows(slot.id, operation.through);
    if (!rows.next()) {
      throw SqliteFailure{SQLITE_CORRUPT, "message " + std::to_string(operation.through) + " of " +
                                              named("queue", state.name) + " is not there"};
    }
    const EntryRow row(rows, slot.id);
    const std::uint64_t passed = operation.through - row.entry.number + 1;
    cursor = {row.milliseconds, operation.through};
    bytes = row.before + row.entry.bytes_before(passed) - (slot.bytes_stored - state.waiting_bytes);
    last_dropped = passed >= row.entry.count() ? row.entry.number : row.entry.number - 1;
  }
  drop_entries_.run(slot.id, slot.garbage_through, last_dropped);
}

void SqliteQueues::carry_out(ControlQueue& operation) {
  Slot& queue = slot(operation.queue);
  touch(queue);
  if (operation.action == ControlQueue::Action::purge) {
    drop_later(queue, queue.ledger.state().last.number);
  }
  queue.ledger.book_control(operation);
}

void SqliteQueues::carry_out(ShowQueue& operation) {
  const Slot& queue = slot(operation.queue);
  operation.state = queue.ledger.state();
  if (queue.id == 0) {
    answered(operation, Stored::refused, "there is no " + named("queue", operation.queue));
  } else {
    answered(operation, Stored::stored);
  }
}

void SqliteQueues::carry_out(ListQueues& operation) {
  flush();
  operation.queues.clear();
  operation.is_end = true;
  Statement::Rows row = list_queues_.rows(operation.after, operation.queues_max + 1);
  while (row.next()) {
    if (operation.queues.size() == operation.queues_max) {
      operation.is_end = false;
      break;
    }
    operation.queues.push_back(read_slot(row).ledger.state());
  }
  answered(operation, Stored::stored);
}

}  // namespace troupe::persistence
