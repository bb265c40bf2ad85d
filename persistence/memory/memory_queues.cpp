#include <troupe/persistence/memory/memory_queues.hpp>

#include <algorithm>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {

MemoryQueues::Queue& MemoryQueues::at(const std::string& name) {
  return queues_.try_emplace(name, Queue{.ledger = QueueLedger(name)}).first->second;
}

const MemoryQueues::Queue* MemoryQueues::find(const std::string& name) const {
  const auto found = queues_.find(name);
  return found == queues_.end() ? nullptr : &found->second;
}

const QueueLedger& MemoryQueues::ledger(const std::string& name) const {
  static const QueueLedger none;
  const Queue* queue = find(name);
  return queue == nullptr ? none : queue->ledger;
}

bool MemoryQueues::is_claimed(const std::string& queue) const {
  const Queue* found = find(queue);
  return found != nullptr && found->ledger.state().owner.incarnation != 0;
}

void MemoryQueues::carry_out(ClaimQueue& operation) {
  if (ledger(operation.queue).ask_claim(operation, false)) {
    at(operation.queue).ledger.book_claim(operation);
  }
}

void MemoryQueues::carry_out(AppendBatch& operation, std::uint64_t now, StorageCounts& counts) {
  if (!ledger(operation.queue).ask_append(operation, limits_, now)) return;
  Queue& queue = at(operation.queue);
  Position position = operation.first;
  for (std::size_t i = 0; i < operation.taken; ++i, ++position.number) {
    queue.messages.push_back({.position = position, .record = std::string(operation.records[i])});
  }
  counts.producers_forgotten += queue.ledger.book_append(operation);
  counts.messages += operation.taken;
}

void MemoryQueues::carry_out(ReadQueue& operation) const {
  operation.messages.clear();
  operation.last = {};
  operation.is_paused = false;
  answered(operation, Stored::stored);
  const Queue* queue = find(operation.queue);
  if (queue == nullptr) return;
  operation.last = queue->ledger.state().last;
  operation.is_paused = queue->ledger.state().is_paused;
  std::size_t bytes = 0;
  for (auto next =
           std::ranges::upper_bound(queue->messages, operation.after, {}, &StoredMessage::position);
       next != queue->messages.end() && operation.messages.size() < operation.messages_max;
       ++next) {
    bytes += next->record.size();
    if (bytes > operation.bytes_max && !operation.messages.empty()) return;
    operation.messages.push_back(*next);
  }
}

void MemoryQueues::carry_out(SettleBatch& operation, std::uint64_t now, StorageCounts& counts) {
  if (!ledger(operation.queue).ask_settle(operation)) return;
  Queue& queue = at(operation.queue);
  Position cursor;
  if (operation.through > queue.ledger.state().cursor.number) {
    const std::uint64_t before = queue.messages.front().position.number;
    cursor = queue.messages[operation.through - before].position;
  }
  const std::uint64_t bytes = remove(queue, operation, now);
  queue.ledger.book_settle(operation, cursor, bytes);
  forget_letters(queue, counts);
}

std::uint64_t MemoryQueues::remove(Queue& queue, const SettleBatch& operation, std::uint64_t now) {
  std::uint64_t bytes = 0;
  std::uint64_t id = queue.ledger.last_letter();
  const std::span<const Death> deaths = queue.ledger.deaths(operation);
  auto dead = deaths.begin();
  while (!queue.messages.empty() && queue.messages.front().position.number <= operation.through) {
    StoredMessage& message = queue.messages.front();
    bytes += message.record.size();
    if (dead != deaths.end() && dead->number == message.position.number) {
      ++id;
      queue.letters[id] = {.id = id,
                           .position = message.position,
                           .died_at = now,
                           .attempts = dead->attempts,
                           .error = std::string(kept_error(*dead)),
                           .record = std::move(message.record),
                           .history = std::move(message.history)};
      ++dead;
    }
    queue.messages.pop_front();
  }
  return bytes;
}

void MemoryQueues::forget_letters(Queue& queue, StorageCounts& counts) const {
  while (queue.letters.size() > limits_.dead_letters_max) {
    queue.letters.erase(queue.letters.begin());
    queue.ledger.book_letters_gone(1);
    ++counts.letters_forgotten;
  }
}

void MemoryQueues::carry_out(ControlQueue& operation) {
  Queue& queue = at(operation.queue);
  if (operation.action == ControlQueue::Action::purge) queue.messages.clear();
  queue.ledger.book_control(operation);
}

void MemoryQueues::carry_out(ShowQueue& operation) const {
  operation.state = {};
  const Queue* queue = find(operation.queue);
  if (queue == nullptr) {
    answered(operation, Stored::refused, "there is no " + named("queue", operation.queue));
    return;
  }
  operation.state = queue->ledger.state();
  answered(operation, Stored::stored);
}

void MemoryQueues::carry_out(ListQueues& operation) const {
  operation.queues.clear();
  auto next = queues_.upper_bound(operation.after);
  for (; next != queues_.end() && operation.queues.size() < operation.queues_max; ++next) {
    operation.queues.push_back(next->second.ledger.state());
  }
  operation.is_end = next == queues_.end();
  answered(operation, Stored::stored);
}

void MemoryQueues::carry_out(ListDeadLetters& operation) const {
  operation.letters.clear();
  operation.is_end = true;
  answered(operation, Stored::stored);
  const Queue* queue = find(operation.queue);
  if (queue == nullptr) return;
  std::size_t bytes = 0;
  for (auto next = queue->letters.upper_bound(operation.after); next != queue->letters.end();
       ++next) {
    bytes += next->second.record.size();
    const bool is_full = operation.letters.size() >= operation.letters_max ||
                         (bytes > operation.bytes_max && !operation.letters.empty());
    if (is_full) {
      operation.is_end = false;
      return;
    }
    operation.letters.push_back(next->second);
  }
}

void MemoryQueues::carry_out(HandleDeadLetters& operation, std::uint64_t now,
                             StorageCounts& counts) {
  operation.handled = operation.next_id = 0;
  answered(operation, Stored::stored);
  if (find(operation.queue) == nullptr) return;
  Queue& queue = at(operation.queue);
  std::size_t bytes = 0;
  auto next = queue.letters.lower_bound(operation.first);
  while (next != queue.letters.end() && next->first <= operation.last) {
    bytes += next->second.record.size();
    if (is_past_one_step(operation, bytes)) {
      operation.next_id = next->first;
      break;
    }
    if (operation.action == HandleDeadLetters::Action::replay) {
      DeadLetterRecord& letter = next->second;
      const Position position = queue.ledger.next_position(now);
      std::string history = add_death(letter.history, letter);
      queue.ledger.book_replay(position, letter.record.size());
      queue.messages.push_back({position, std::move(letter.record), std::move(history)});
      ++counts.messages;
    }
    ++operation.handled;
    next = queue.letters.erase(next);
  }
  queue.ledger.book_letters_gone(operation.handled);
}

void MemoryQueues::carry_out(DropQueue& operation) {
  if (find(operation.queue) == nullptr) {
    answered(operation, Stored::refused, is_not_there(operation.queue));
  } else if (ledger(operation.queue).ask_drop(operation)) {
    queues_.erase(operation.queue);
    answered(operation, Stored::stored);
  }
}

}  // namespace troupe::persistence
