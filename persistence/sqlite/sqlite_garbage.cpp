// What SqliteQueues removes little by little: a queue may be as large as the file, and to remove it
// at once would hold up all others. The cursor is behind it from the first moment on, so nobody
// sees it; a process that finds some goes on with it.
#include <troupe/persistence/rules/request_rules.hpp>
#include <troupe/persistence/sqlite/sqlite_queues.hpp>
#include <vector>

namespace troupe::persistence {
namespace {

// Rows, of up to 64 messages each.
constexpr std::uint64_t rows_at_once = 32;

}  // namespace

void SqliteQueues::drop_later(Slot& slot, std::uint64_t through) {
  drop_some_.run(slot.id, through, rows_at_once);
  if (drop_some_.changes() < rows_at_once) return;
  slot.garbage_through = through;
  garbage_.insert(slot.id);
}

/// By the cursor that the file has: the transaction that has purged may have failed.
void SqliteQueues::remove_garbage() {
  const std::uint64_t queue = *garbage_.begin();
  drop_garbage_.run(queue, rows_at_once);
  if (drop_garbage_.changes() < rows_at_once) garbage_.erase(queue);
}

void SqliteQueues::leave_garbage() { left_garbage_.insert(garbage_.extract(garbage_.begin())); }

void SqliteQueues::look_for_garbage(Slot& slot) {
  const std::uint64_t cursor = slot.ledger.state().cursor.number;
  {
    Statement::Rows first = find_first_.rows(slot.id);
    if (!first.next() || first.number(0) + first.number(1) / 4 - 1 > cursor) return;
  }
  if (!left_garbage_.contains(slot.id)) garbage_.insert(slot.id);
  slot.garbage_through = cursor;
  Statement::Rows last = find_sizes_.rows(slot.id, cursor);
  if (!last.next()) return;
  const std::uint64_t begin = last.number(0);
  if (begin + last.bytes(4).size() / 4 - 1 > cursor) slot.garbage_through = begin - 1;
}

void SqliteQueues::carry_out(DropQueue& operation) {
  Slot& queue = slot(operation.queue);
  if (queue.id == 0) {
    answered(operation, Stored::refused, is_not_there(operation.queue));
    return;
  }
  if (!queue.ledger.ask_drop(operation)) return;
  if (garbage_.contains(queue.id)) {
    answered(operation, Stored::unavailable, "what was purged is still being removed");
    return;
  }
  drop_queue_.run(queue.id);
  drop_producers_.run(queue.id);
  std::erase(dirty_, &queue);
  slots_.erase(operation.queue);
  answered(operation, Stored::stored);
}

}  // namespace troupe::persistence
