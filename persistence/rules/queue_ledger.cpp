#include <troupe/persistence/rules/queue_ledger.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>
#include <troupe/persistence/rules/request_rules.hpp>
#include <utility>

namespace troupe::persistence {
namespace {

/// How many records from the first on there is room for.
std::size_t room_for(const AppendBatch& operation, const QueueState& state) {
  const Records& records = operation.records;
  std::size_t count = records.size();
  if (operation.messages_max != 0) {
    const std::uint64_t waiting = state.books.waiting;
    const std::uint64_t room =
        operation.messages_max > waiting ? operation.messages_max - waiting : 0;
    count = static_cast<std::size_t>(std::min<std::uint64_t>(count, room));
  }
  if (operation.bytes_max == 0 || state.waiting_bytes + records.bytes() <= operation.bytes_max) {
    return count;
  }
  std::uint64_t bytes = state.waiting_bytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes += records[i].size();
    // An empty queue takes one of any size, or it could never be stored.
    if (bytes > operation.bytes_max && (i > 0 || state.books.waiting > 0)) return i;
  }
  return count;
}

std::string_view disorder(const SettleBatch& operation) {
  std::uint64_t before = 0;
  for (const Death& one : operation.dead) {
    if (one.number <= before) return "a dead message is not in order";
    before = one.number;
  }
  if (before > operation.through) return "a dead message is after the cursor";
  before = 0;
  for (const std::uint64_t number : operation.expired) {
    if (number <= before) return "an expired message is not in order";
    before = number;
    if (std::ranges::binary_search(operation.dead, number, {}, &Death::number)) {
      return "a message is dead and expired";
    }
  }
  if (before > operation.through) return "an expired message is after the cursor";
  return {};
}

}  // namespace

bool makes_sense(ClaimQueue& request, const StorageLimits& /*limits*/) {
  return has_incarnation(request, request.incarnation);
}

bool makes_sense(AppendBatch& request, const StorageLimits& limits) {
  request.taken = 0;
  request.first = {};
  if (request.producer == 0 || request.batch == 0 || request.records.empty()) {
    return answered(request, Stored::refused,
                    "a batch without messages, or its producer or its number is 0");
  }
  return fits(request, request.records, limits);
}

bool makes_sense(SettleBatch& request, const StorageLimits& /*limits*/) {
  if (request.number == 0) {
    return answered(request, Stored::refused, "a settle batch with the number 0");
  }
  const std::string_view what = disorder(request);
  return what.empty() || answered(request, Stored::refused, std::string(what));
}

bool QueueLedger::ask_claim(ClaimQueue& operation, bool owner_is_gone) const {
  operation.token = state_.owner;
  operation.state = {};
  return makes_sense(operation, {}) &&
         may_claim(operation, "queue", operation.queue, state_.owner, operation.incarnation,
                   operation.gone, owner_is_gone);
}

void QueueLedger::book_claim(ClaimQueue& operation) {
  state_.owner = {.epoch = state_.owner.epoch + 1,
                  .incarnation = operation.incarnation,
                  .instance = operation.instance};
  operation.token = state_.owner;
  operation.state = state_;
  state_.settle_number = 0;
  answered(operation, Stored::stored);
}

bool QueueLedger::ask_append(AppendBatch& operation, const StorageLimits& limits,
                             std::uint64_t now) const {
  if (!makes_sense(operation, limits)) return false;
  if (const ProducerBatch* last = find(operation.producer)) {
    if (operation.batch < last->batch) {
      return answered(operation, Stored::refused,
                      "batch " + std::to_string(operation.batch) + " comes after batch " +
                          std::to_string(last->batch) + " of its producer");
    }
    if (operation.batch == last->batch) {
      operation.taken = last->taken;
      operation.first = last->first;
      return answered(operation, Stored::again);
    }
  }
  operation.taken = room_for(operation, state_);
  if (operation.taken == 0) {
    return answered(operation, Stored::queue_full,
                    named("queue", state_.name) + " holds " + std::to_string(state_.books.waiting) +
                        " messages of " + std::to_string(state_.waiting_bytes) + " bytes");
  }
  operation.first = next_position(now);
  return true;
}

std::size_t QueueLedger::book_append(AppendBatch& operation) {
  state_.last = {operation.first.milliseconds, operation.first.number + operation.taken - 1};
  state_.books.stored += operation.taken;
  state_.books.waiting += operation.taken;
  state_.waiting_bytes += operation.records.slice(0, operation.taken).size();
  std::erase_if(producers_,
                [&](const ProducerBatch& one) { return one.producer == operation.producer; });
  const std::size_t forgotten = producers_.size() >= producers_max ? 1 : 0;
  if (forgotten != 0) producers_.erase(producers_.begin());
  producers_.push_back({operation.producer, operation.batch, operation.taken, operation.first});
  answered(operation, Stored::stored);
  return forgotten;
}

bool QueueLedger::ask_settle(SettleBatch& operation) const {
  answer(operation);
  if (!is_owner(operation, "queue", operation.queue, operation.token, state_.owner)) return false;
  if (!makes_sense(operation, {})) return false;
  if (operation.number <= state_.settle_number) return answered(operation, Stored::again);
  if (operation.through <= state_.last.number) return true;
  return answered(operation, Stored::refused,
                  settles_too_much(operation.queue, operation.through, state_.last.number));
}

std::span<const Death> QueueLedger::deaths(const SettleBatch& operation) const noexcept {
  const auto first =
      std::ranges::upper_bound(operation.dead, state_.cursor.number, {}, &Death::number);
  return {first, operation.dead.end()};
}

void QueueLedger::book_settle(SettleBatch& operation, Position cursor, std::uint64_t bytes) {
  state_.settle_number = operation.number;
  state_.attempts = operation.attempts;
  if (operation.releases) state_.owner = {.epoch = state_.owner.epoch};
  if (cursor.number > state_.cursor.number) {
    const std::uint64_t passed = cursor.number - state_.cursor.number;
    const std::size_t dead = deaths(operation).size();
    const auto expired = static_cast<std::uint64_t>(
        operation.expired.end() -
        std::ranges::upper_bound(operation.expired, state_.cursor.number));
    state_.books.waiting -= passed;
    state_.books.dead += dead;
    state_.books.expired += expired;
    state_.books.settled += passed - dead - expired;
    state_.waiting_bytes -= bytes;
    state_.dead_letters += dead;
    last_letter_ += dead;
    move_cursor(cursor);
  }
  answer(operation);
  answered(operation, Stored::stored);
}

void QueueLedger::book_control(ControlQueue& operation) {
  operation.purged = 0;
  switch (operation.action) {
    case ControlQueue::Action::pause: state_.is_paused = true; break;
    case ControlQueue::Action::resume: state_.is_paused = false; break;
    case ControlQueue::Action::purge:
      operation.purged = std::exchange(state_.books.waiting, 0);
      state_.books.purged += operation.purged;
      state_.waiting_bytes = 0;
      move_cursor(state_.last);
      break;
  }
  answered(operation, Stored::stored);
}

bool QueueLedger::ask_drop(DropQueue& operation) const {
  if (operation.token != Token{} &&
      !is_owner(operation, "queue", operation.queue, operation.token, state_.owner)) {
    return false;
  }
  if (state_.books.waiting == 0 && state_.dead_letters == 0) return true;
  return answered(operation, Stored::refused,
                  is_in_use(operation.queue, state_.books.waiting, state_.dead_letters));
}

Position QueueLedger::next_position(std::uint64_t now) const noexcept {
  return {std::max(now, state_.last.milliseconds), state_.last.number + 1};
}

void QueueLedger::book_replay(Position position, std::size_t bytes) {
  state_.last = position;
  ++state_.books.stored;
  ++state_.books.waiting;
  state_.waiting_bytes += bytes;
}

const ProducerBatch* QueueLedger::find(std::uint64_t producer) const noexcept {
  const auto found = std::ranges::find(producers_, producer, &ProducerBatch::producer);
  return found == producers_.end() ? nullptr : &*found;
}

void QueueLedger::answer(SettleBatch& operation) const noexcept {
  operation.last = state_.last;
  operation.cursor = state_.cursor;
  operation.is_paused = state_.is_paused;
}

void QueueLedger::move_cursor(Position cursor) noexcept {
  state_.cursor = cursor;
  if (state_.attempts.number <= cursor.number) state_.attempts = {};
}

bool is_past_one_step(const HandleDeadLetters& request, std::size_t bytes) noexcept {
  return request.handled == letters_at_once_max ||
         (request.handled > 0 && bytes > letters_bytes_at_once_max);
}

std::string_view kept_error(const Death& death) noexcept {
  return std::string_view(death.error).substr(0, error_bytes_max);
}

std::string add_death(std::string_view history, const DeadLetterRecord& letter) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(history, '\n'));
  for (std::size_t i = deaths_max; i <= lines; ++i) history.remove_prefix(history.find('\n') + 1);
  return std::string(history) + std::to_string(letter.died_at) + ' ' +
         std::to_string(letter.attempts) + ' ' + printable(letter.error, error_bytes_max) + '\n';
}

}  // namespace troupe::persistence
