// The timekeeper: one thread of a ThreadedScheduler that fires timers, names slow handlers, and
// wakes workers for cells that wait behind long turns. It sleeps until the next timer while nothing
// runs.
#include <troupe/actor/runtime/scheduler_threaded.hpp>

namespace troupe::runtime {
namespace {

/// How often the workers are looked at while any of them runs: often where there are several, for
/// then work may have to be moved.
constexpr Duration tick_of_one = std::chrono::milliseconds(20);
constexpr Duration tick_of_several = std::chrono::microseconds(500);
/// How long everything must have been quiet before the timekeeper waits for a timer or for work alone.
constexpr Duration quiet_before_dozing = std::chrono::milliseconds(200);
/// A longer wait makes it pay to wake another worker, which costs some 5 microseconds, and to send
/// messages between cores, which costs some 0.1 each.
constexpr Duration wait_max = std::chrono::microseconds(50);

}  // namespace

void ThreadedScheduler::keep_time() {
  std::vector<Observation> seen(workers_.size());
  const Duration tick = workers_.size() > 1 ? tick_of_several : tick_of_one;
  TimePoint active_at = core_.clock().now();
  for (Observation& observation : seen) observation.at = active_at;
  while (!stopping_.load(std::memory_order_relaxed)) {
    const TimePoint now = core_.clock().now();
    core_.timers.advance(now);
    if (observe(seen, now)) active_at = now;
    const bool quiet = now - active_at >= quiet_before_dozing;
    if (quiet) dozing_.store(true, std::memory_order_seq_cst);
    const bool dozes = quiet && sleepers_.load(std::memory_order_seq_cst) == workers_.size();
    TimePoint until = core_.timers.next();
    if (!dozes) until = std::min(until, now + tick);
    std::unique_lock lock(time_mutex_);
    const auto changed = [&] { return timers_changed_; };
    if (until == TimePoint::max()) {
      time_changed_.wait(lock, changed);
    } else {
      time_changed_.wait_for(lock, until - core_.clock().now(), changed);
    }
    timers_changed_ = false;
    dozing_.store(false, std::memory_order_seq_cst);
  }
}

void ThreadedScheduler::timers_changed() noexcept {
  const std::lock_guard lock(time_mutex_);
  timers_changed_ = true;
  time_changed_.notify_one();
}

/// True when a cell has waited there since the last look, or when the cells there, at the pace of the
/// turns since then, wait longer than wait_max.
bool ThreadedScheduler::is_overloaded(const Worker& worker, const Observation& before,
                                      Duration elapsed) noexcept {
  const std::int64_t waiting = worker.waiting();
  if (waiting == 0) return false;
  const std::int64_t fresh = worker.oldest_fresh();
  const std::int64_t ready = worker.oldest_ready();
  if (fresh >= 0 && fresh == before.oldest_fresh) return true;
  if (ready >= 0 && ready == before.oldest_ready) return true;
  const std::uint64_t turns = worker.turns.load(std::memory_order_relaxed) - before.turns;
  return elapsed * waiting > wait_max * static_cast<std::int64_t>(turns);
}

/// True when any worker is at work.
bool ThreadedScheduler::observe(std::vector<Observation>& seen, TimePoint now) {
  bool active = false;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    Observation& before = seen[i];
    const std::uint64_t turns = worker.turns.load(std::memory_order_relaxed);
    const std::uint64_t messages = worker.messages.load(std::memory_order_relaxed);
    const bool runs = worker.running.load(std::memory_order_relaxed) != 0;
    active = active || runs || turns != before.turns;
    worker.overloaded.store(runs && is_overloaded(worker, before, now - before.at),
                            std::memory_order_relaxed);
    worker.in_long_turn.store(runs && turns == before.turns, std::memory_order_relaxed);
    if ((worker.has_spare() || common_.size() > 0) && has_sleepers()) wake_one();
    before.at = now;
    before.oldest_fresh = worker.oldest_fresh();
    before.oldest_ready = worker.oldest_ready();
    before.turns = turns;
    if (messages != before.messages || !runs) {
      before.messages = messages;
      before.since = now;
      before.warned = false;
    } else if (!before.warned && now - before.since >= core_.settings.slow_handler) {
      before.warned = true;
      warn_of_slow_handler(worker, now - before.since);
    }
  }
  return active;
}

void ThreadedScheduler::warn_of_slow_handler(const Worker& worker, Duration since) const {
  const MessageType* type = worker.handling.load(std::memory_order_relaxed);
  const ActorId id = worker.running.load(std::memory_order_relaxed);
  core_.log(core_.name)
      .warn(
          "slow handler: {} has been handling {} for {} ms and keeps its worker from other actors; "
          "give it "
          "troupe::blocking() if it has to block",
          path_of(core_, id), type != nullptr ? type->name : "a message of the system's",
          std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace troupe::runtime
