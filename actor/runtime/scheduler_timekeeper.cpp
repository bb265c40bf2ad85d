// The timekeeper: one thread of a ThreadedScheduler that fires timers, names slow handlers, and
// wakes workers for cells that wait behind long turns. It sleeps until the next timer while nothing
// runs.
#include <algorithm>
#include <bit>
#include <optional>
#include <troupe/actor/runtime/continuation_threads.hpp>
#include <troupe/actor/runtime/due.hpp>
#include <troupe/actor/runtime/scheduler_threaded.hpp>
#include <troupe/base/spin_budget.hpp>
#include <utility>

namespace troupe::runtime {
namespace {

/// How often the workers are looked at while any of them runs: often where there are several, for
/// then work may have to be moved; and where they serve links, which others may have to do.
constexpr Duration tick_of_one = std::chrono::milliseconds(20);
constexpr Duration tick_of_several = std::chrono::microseconds(500);
/// Where all workers are asleep when it looks, it looks half as often the next time, down to this.
constexpr Duration tick_of_sleepers_max = std::chrono::milliseconds(2);
/// How long everything must have been quiet before the timekeeper waits for a timer or for work
/// alone.
constexpr Duration quiet_before_idle = std::chrono::milliseconds(5);
/// After it was idle for so long, work that is over at the next look, such as a timer's, is not
/// worth waiting for more: so a timer costs two looks at most, also where some are due in turn.
constexpr Duration long_idle = std::chrono::milliseconds(3);
/// A longer wait makes it pay to wake another worker, which costs some 5 microseconds, and to send
/// messages between cores, which costs some 0.1 each.
constexpr Duration wait_max = std::chrono::microseconds(50);
/// What a message between cores costs both of them, together, more than one on the same core. A
/// worker that does nothing else saves more than it does when its actors run on the other core.
constexpr Duration cross_worker_message_cost = std::chrono::nanoseconds(160);
/// What is sent a message each so long, or faster, stays with the sender's worker for up to
/// `feeding_max`: on another core each message would cost more than it does here later.
constexpr Duration feeding_pause_max = std::chrono::microseconds(1);
constexpr Duration feeding_max = std::chrono::milliseconds(10);
/// What a long turn sends anything to between two looks stays behind it for up to this.
constexpr Duration slow_feeding_max = std::chrono::milliseconds(2);
/// For so long the timekeeper waits with open eyes for the end of what it has woken by timers.
constexpr Duration brief_work_max = std::chrono::microseconds(100);
/// Timers are put off by no more than a quarter of their time, and by this.
constexpr Duration::rep timer_steps_min = 4;
constexpr Duration::rep timer_step_max = Duration::rep{1} << 24U;  // 17 ms.
/// A worker at which more cells wait keeps them: with the others they would wait for too long.
constexpr std::int64_t consolidated_cells_max = 64;
/// For so long, cells that were consolidated on fewer workers may wait longer before they are
/// spread again.
constexpr Duration consolidated_for = std::chrono::milliseconds(10);
constexpr Duration consolidated_wait_max = std::chrono::microseconds(500);

}  // namespace

void ThreadedScheduler::keep_time() {
  this_thread.keeps_time_of = &core_;
  std::vector<Observation> seen(workers_.size());
  TimePoint active_at = core_.clock().now();
  TimePoint looked_at = active_at;
  Duration tick = tick_of_one;
  bool was_idle = true;
  bool was_long_idle = false;  // And nothing was looked at since but what it was ended for.
  while (!stopping_.load(std::memory_order_relaxed)) {
    const TimePoint now = core_.clock().now();
    const bool fires = core_.timers.next() <= now;
    if (fires) active_at = now;  // Whom they wake may not have begun yet.
    tell_due(core_.timers, now);
    if (core_.continuations != nullptr) core_.continuations->try_again();
    bool is_brief = fires && was_idle && now - looked_at >= long_idle && all_is_done_soon();
    // After it was idle there is nothing to compare with; and a timer may have come between two
    // ticks.
    if (was_idle || now - looked_at >= tick / 2) {
      if (observe(seen, now, was_idle ? Duration::zero() : now - looked_at)) active_at = now;
      is_brief = is_brief || (!was_idle && was_long_idle && all_sleep());
      was_long_idle = was_idle && now - looked_at >= long_idle;
      looked_at = now;
      tick = next_tick(tick);
    }
    const bool quiet = is_brief || now - active_at >= quiet_before_idle;
    if (quiet) idle_.store(true, std::memory_order_seq_cst);
    was_idle = quiet && all_sleep();
    wait_until(was_idle ? TimePoint::max() : now + tick);
    idle_.store(false, std::memory_order_seq_cst);
  }
  const std::lock_guard lock(time_mutex_);
  timekeeper_ended_ = true;
  thread_ended_.notify_all();
}

Duration ThreadedScheduler::next_tick(Duration tick) const noexcept {
  if (workers_.size() == 1 && source_.load(std::memory_order_relaxed) == nullptr) {
    return tick_of_one;
  }
  return all_sleep() ? std::min(2 * tick, tick_of_sleepers_max) : tick_of_several;
}

bool ThreadedScheduler::all_sleep() const noexcept {
  return sleepers_.load(std::memory_order_seq_cst) == workers_.size();
}

/// Waits for the end of what timers have woken, if that is soon: then a look later is not needed.
/// Who is woken takes its cell out of a queue after it has left `sleepers_`.
bool ThreadedScheduler::all_is_done_soon() const noexcept {
  const auto is_done = [this] { return urgent_.empty() && common_.empty() && all_sleep(); };
  Spin spin(core_.clock(), core_.clock().now() + brief_work_max);
  while (!is_done()) {
    if (!spin.goes_on()) return is_done();
  }
  return true;
}

/// The first time not before `at` that is a multiple of a power of two, of nanoseconds: of the
/// largest one that is a quarter of what is left until then at most. A later `at` never gives an
/// earlier time, because the step that fits it is a multiple of the other's.
TimePoint ThreadedScheduler::wake_up_for(TimePoint at) const noexcept {
  const Duration left =
      at == TimePoint::max() ? Duration::zero() : at - core_.clock().ceiling_now();
  const auto fits = static_cast<std::uint64_t>(
      std::clamp<Duration::rep>(left.count() / timer_steps_min, 1, timer_step_max));
  const Duration step(static_cast<Duration::rep>(std::bit_floor(fits)));
  const Duration over = at.time_since_epoch() % step;
  return over <= Duration::zero() ? at : later(at, step - over);
}

/// Waits until `at`, the next timer, or a call of wake_timekeeper().
void ThreadedScheduler::wait_until(TimePoint at) {
  // Who arms a timer looks at wakes_at_ after that, and here the timers are looked at after
  // wakes_at_ was set: one of the two sees the other.
  wakes_at_.store(at, std::memory_order_seq_cst);
  const TimePoint until = std::min(at, core_.timers.next());
  wakes_at_.store(until, std::memory_order_seq_cst);
  std::unique_lock lock(time_mutex_);
  const auto woken = [&] { return time_to_look_; };
  if (until == TimePoint::max()) {
    time_changed_.wait(lock, woken);
  } else {
    time_changed_.wait_for(lock, waitable(until - core_.clock().now()), woken);
  }
  time_to_look_ = false;
}

void ThreadedScheduler::timer_armed(TimePoint at) noexcept {
  if (at < wakes_at_.load(std::memory_order_seq_cst)) wake_timekeeper();
}

void ThreadedScheduler::wake_timekeeper() noexcept {
  const std::lock_guard lock(time_mutex_);
  time_to_look_ = true;
  time_changed_.notify_one();
}

namespace {

/// Whether nothing was taken from the queue since the last look, though something waits there.
bool stands_still(const CommonQueue& queue, std::uint64_t& taken) noexcept {
  const std::uint64_t before = std::exchange(taken, queue.taken());
  return !queue.empty() && taken == before;
}

}  // namespace

/// True when a cell has waited there since the last look, or when the cells there, at the pace of
/// the turns since then, wait longer than `limit`.
bool ThreadedScheduler::is_overloaded(const Worker& worker, const Observation& before,
                                      Duration elapsed, Duration limit) noexcept {
  const std::int64_t waiting = worker.waiting();
  if (waiting == 0) return false;
  const std::int64_t fresh = worker.oldest_fresh();
  const std::int64_t ready = worker.oldest_ready();
  if (fresh >= 0 && fresh == before.oldest_fresh) return true;
  if (ready >= 0 && ready == before.oldest_ready) return true;
  const std::uint64_t turns = worker.turns.load(std::memory_order_relaxed) - before.turns;
  return elapsed * waiting > limit * static_cast<std::int64_t>(turns);
}

/// True while a long turn sends messages to what waits behind it, so fast that they had better not
/// cross to another core; but not for ever. An actor that passes on all that it has kept is one.
bool ThreadedScheduler::feeds_what_waits(const Worker& worker, const Observation& before,
                                         Duration crowded_for) const noexcept {
  if (crowded_for > feeding_max) return false;
  const std::uintptr_t inflow = worker.inflow();
  // This thread may have taken the worker's core, so that nothing changes while it looks.
  if (crowded_for <= slow_feeding_max && inflow != before.inflow) return true;
  constexpr int looks_max = 100;  // Whatever the clock says, which may stand still.
  const TimePoint until = core_.clock().now() + feeding_pause_max;
  for (int looks = 0; looks < looks_max && core_.clock().now() < until; ++looks) {
    if (worker.inflow() != inflow) return true;
  }
  return false;
}

/// Whether others should take cells from the worker: where these have waited for too long at two
/// looks, or behind a turn that has lasted since the last one.
bool ThreadedScheduler::should_spread(const Worker& worker, Observation& before, bool in_long_turn,
                                      TimePoint now, Duration elapsed) const noexcept {
  const Duration limit = now < consolidated_until_ ? consolidated_wait_max : wait_max;
  const bool crowded = is_overloaded(worker, before, elapsed, limit);
  if (!before.crowded) before.crowded_since = in_long_turn ? before.since : now;
  const bool stays = std::exchange(before.crowded, crowded);
  if (!crowded || !in_long_turn) return crowded && stays;
  return !feeds_what_waits(worker, before, now - before.crowded_since);
}

bool should_consolidate(std::uint64_t cross_worker_messages, Duration elapsed) noexcept {
  return cross_worker_message_cost * static_cast<std::int64_t>(cross_worker_messages) > elapsed;
}

/// Looks at every worker, wakes one that sleeps for what waits elsewhere, and sends one to sleep
/// that the others do better without. True when any is at work.
bool ThreadedScheduler::observe(std::vector<Observation>& seen, TimePoint now, Duration elapsed) {
  bool active = false;
  bool any_overloaded = false;
  bool pending_is_late = false;
  std::optional<std::size_t> leaving;
  const bool common_waits = stands_still(common_, common_taken_);
  const bool urgent_waits = stands_still(urgent_, urgent_taken_);
  bool waits_too_long = elapsed > Duration::zero() && (common_waits || urgent_waits);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[i];
    Observation& before = seen[i];
    const std::uint64_t turns = worker.turns.load(std::memory_order_relaxed);
    const bool runs = worker.running.load(std::memory_order_relaxed) != 0;
    active = active || runs || turns != before.turns;
    const bool compares = runs && elapsed > Duration::zero();
    const bool in_long_turn = compares && turns == before.turns;
    if (!compares) before.crowded = false;
    const bool overloaded = compares && should_spread(worker, before, in_long_turn, now, elapsed);
    worker.overloaded.store(overloaded, std::memory_order_relaxed);
    any_overloaded = any_overloaded || overloaded;
    worker.in_long_turn.store(in_long_turn, std::memory_order_relaxed);
    pending_is_late =
        pending_is_late || (in_long_turn && worker.has_pending.load(std::memory_order_relaxed));
    waits_too_long = waits_too_long || worker.has_spare();
    // Behind a long turn also where nobody sleeps: all take from the common queue in turn.
    const bool takes_away = overloaded && (in_long_turn || has_sleepers());
    if (Cell* cell = takes_away ? worker.take_away_next() : nullptr) {
      common_.push(cell);
      waits_too_long = true;
    }
    const std::uint64_t cross_worker_messages =
        worker.cross_worker_messages.load(std::memory_order_relaxed);
    if (compares && worker.waiting() <= consolidated_cells_max &&
        should_consolidate(cross_worker_messages - before.cross_worker_messages, elapsed)) {
      leaving = i;  // One at a time: it may be that nobody crosses any more without it.
    }
    if (elapsed == Duration::zero()) before.since = now;  // All slept: no handler is older.
    watch_handler(worker, before, runs, now);
    before.turns = turns;
    before.cross_worker_messages = cross_worker_messages;
    before.inflow = worker.inflow();
    before.oldest_fresh = worker.oldest_fresh();
    before.oldest_ready = worker.oldest_ready();
  }
  any_overloaded_.store(any_overloaded, std::memory_order_relaxed);
  if (leaving && !needs_another()) {
    consolidated_until_ = now + consolidated_for;
    consolidate_from(*leaving);
  }
  if (waits_too_long && has_sleepers()) wake_one();
  if (const SourceVisit source(*this); source && elapsed > Duration::zero()) {
    source->look_after(pending_is_late);
  }
  return active;
}

/// Warns once of a handler that has not ended for long.
void ThreadedScheduler::watch_handler(const Worker& worker, Observation& before, bool runs,
                                      TimePoint now) const {
  const std::uint64_t messages = worker.messages.load(std::memory_order_relaxed);
  const MessageType* type = worker.handling.load(std::memory_order_relaxed);
  if (messages != before.messages || !runs || type == nullptr) {
    before.messages = messages;
    before.since = now;
    before.warned = false;
  } else if (!before.warned && now - before.since >= core_.settings.slow_handler) {
    before.warned = true;
    warn_of_slow_handler(worker, *type, now - before.since);
  }
}

void ThreadedScheduler::warn_of_slow_handler(const Worker& worker, const MessageType& type,
                                             Duration since) const {
  const ActorId id = worker.running.load(std::memory_order_relaxed);
  core_.log(core_.name)
      .warn(
          "slow handler: {} has been busy with {} for {} ms and keeps its worker from other "
          "actors; "
          "give it troupe::blocking() if it has to block",
          path_of(core_, id), type.name,
          std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace troupe::runtime
