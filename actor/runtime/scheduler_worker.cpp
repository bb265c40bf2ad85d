// What a worker of a ThreadedScheduler runs next: of its own, of what all share, and of others.
#include <troupe/actor/runtime/scheduler_threaded.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {

void Worker::add_ready(Cell* cell) noexcept {
  if (!ready_.push(cell)) [[unlikely]]
    scheduler_.spill(cell);
}

void Worker::add_fresh(Cell* cell) noexcept {
  if (!fresh_.push(cell)) [[unlikely]]
    add_ready(cell);
}

bool Worker::will_flush(const EventSource& source) noexcept {
  if (!scheduler_.waits_in(source)) return false;
  has_pending.store(true, std::memory_order_relaxed);
  return ++unflushed_ <= unflushed_max;
}

bool will_flush_here(const EventSource& source) noexcept {
  Worker* const worker = this_thread.worker;
  return worker != nullptr && worker->will_flush(source);
}

Cell* Worker::take() noexcept {
  if (next_streak_ < next_streak_max && !next_.empty()) {
    ++next_streak_;
    if (Cell* cell = next_.take()) return cell;
  }
  if (draining.load(std::memory_order_relaxed)) [[unlikely]]
    return nullptr;
  const bool others_wait = ready_.size() != 0 || scheduler_.has_common();
  if (fresh_streak_ < fresh_streak_max || !others_wait) {
    ++fresh_streak_;
    if (Cell* cell = fresh_.take_newest()) {
      if (!others_wait) next_streak_ = 0;
      return cell;
    }
  }
  next_streak_ = fresh_streak_ = 0;
  // What came from outside and what became ready here take turns.
  common_is_next_ = !common_is_next_;
  if (common_is_next_) {
    if (Cell* cell = scheduler_.take_common()) return cell;
  }
  // A worker that has nothing but the pair that wakes each other ends a round here each time.
  if (ready_.size() == 0 || ready_.oldest() >= round_end_.load(std::memory_order_relaxed)) {
    if (Cell* cell = end_round()) return cell;
  }
  while (ready_.size() > 0) {
    if (Cell* cell = ready_.take_oldest()) return cell;
  }
  if (Cell* cell = scheduler_.take_common()) return cell;
  return next_.take();
}

Cell* Worker::take_own() noexcept {
  if (Cell* cell = next_.take()) return cell;
  if (Cell* cell = fresh_.take_newest()) return cell;
  return ready_.take_oldest();
}

Cell* Worker::steal_from(Worker& victim) noexcept {
  if (!victim.has_spare()) return nullptr;
  if (Cell* cell = victim.fresh_.take_oldest()) return cell;
  if (Cell* cell = victim.ready_.take_oldest()) {
    for (std::int64_t more = victim.ready_.size() / 2; more > 0; --more) {
      Cell* another = victim.ready_.take_oldest();
      if (another == nullptr) break;
      add_ready(another);
    }
    return cell;
  }
  return nullptr;
}

Cell* Worker::end_round() noexcept {
  std::uint64_t next_round = round() + 1;
  if (Cell* cell = scheduler_.catch_up(*this, next_round)) return cell;
  round_.store(next_round, std::memory_order_relaxed);
  round_end_.store(ready_.end(), std::memory_order_relaxed);
  return nullptr;
}

Cell* Worker::catch_up(Worker& victim) noexcept {
  if (!victim.overloaded.load(std::memory_order_relaxed)) return nullptr;
  if (victim.in_long_turn.load(std::memory_order_relaxed)) {
    if (Cell* cell = victim.fresh_.take_oldest()) return cell;
  }
  const std::uint64_t theirs = victim.round();
  const bool is_behind =
      theirs < round() ||
      (theirs == round() &&
       victim.oldest_ready() < victim.round_end_.load(std::memory_order_relaxed));
  return is_behind ? victim.ready_.take_oldest() : nullptr;
}

}  // namespace troupe::runtime
