// The timekeeper: one thread of a ThreadedScheduler that fires timers, names slow handlers, and
// wakes workers for cells that wait behind long turns. It sleeps until the next timer while nothing
// runs.
#include <troupe/actor/runtime/scheduler_threaded.hpp>

namespace troupe::runtime {
namespace {

/// How often the workers are looked at while any of them runs.
constexpr Duration tick = std::chrono::milliseconds(2);
/// Ticks without work after which the timekeeper waits for a timer or for work alone.
constexpr unsigned doze_after = 100;
/// A worker that made fewer turns in a tick than this has turns so long that it pays to move what
/// waits behind them to another core: waking one costs some 5 microseconds.
constexpr std::uint64_t short_turns_min = 200;

}  // namespace

void ThreadedScheduler::keep_time() {
  std::vector<Observation> seen(workers_.size());
  unsigned quiet_ticks = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {
    const TimePoint now = core_.clock().now();
    core_.timers.advance(now);
    quiet_ticks = observe(seen, now) ? 0 : quiet_ticks + 1;
    if (quiet_ticks >= doze_after) dozing_.store(true, std::memory_order_seq_cst);
    const bool dozes =
        quiet_ticks >= doze_after && sleepers_.load(std::memory_order_seq_cst) == workers_.size();
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
    if (dozing_.exchange(false, std::memory_order_seq_cst)) quiet_ticks = dozes ? 0 : quiet_ticks;
  }
}

void ThreadedScheduler::timers_changed() noexcept {
  const std::lock_guard lock(time_mutex_);
  timers_changed_ = true;
  time_changed_.notify_one();
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
    worker.long_turns.store(runs && turns - before.turns < short_turns_min,
                            std::memory_order_relaxed);
    if (worker.has_spare() && has_sleepers()) wake_one();
    before.turns = turns;
    if (messages != before.messages || !runs) {
      before = {turns, messages, now, false};
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
