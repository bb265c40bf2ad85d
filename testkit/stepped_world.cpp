#include <troupe/testkit/stepped_world.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <troupe/base/result.hpp>

namespace troupe::testkit {

SteppedWorld::SteppedWorld(std::shared_ptr<ManualClock> clock, SteppedWorldSettings settings)
    : clock_(std::move(clock)), settings_(settings) {
  if (settings_.seed) random_.emplace(*settings_.seed);
}

SteppedWorld::Outcome SteppedWorld::run_events(const std::function<bool()>& done,
                                               TimePoint deadline) {
  for (std::uint64_t steps = 0; !done(); ++steps) {
    if (steps == settings_.turns_max) return Outcome::too_many_turns;
    if (step() || done()) continue;  // A timer may have done it without a turn.
    const TimePoint next = next_event();
    if (next > deadline || next == TimePoint::max()) return Outcome::nothing_left;
    clock_->set(std::max(next, clock_->now()));
  }
  return Outcome::done;
}

bool SteppedWorld::step() {
  fire_due();
  const std::optional<Runnable> next = take();
  if (!next) return false;
  ++turns_;
  if (next->system->run_turn(*next->cell)) submit(*next->system, next->cell, false);
  return true;
}

void SteppedWorld::fire_due() {
  // By number: what fires may add a system or a source.
  const TimePoint now = clock_->now();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i]->next() <= now) sources_[i]->advance(now);
  }
  for (std::size_t i = 0; i < systems_.size(); ++i) {
    if (!is_paused(*systems_[i])) systems_[i]->fire_due(now);
  }
}

std::optional<SteppedWorld::Runnable> SteppedWorld::take() {
  const std::lock_guard lock(mutex_);
  while (true) {
    std::deque<Runnable>& queue = urgent_.empty() ? ready_ : urgent_;
    if (queue.empty()) return std::nullopt;
    if (random_) std::swap(queue.front(), queue[random_->below(queue.size())]);
    const Runnable next = queue.front();
    queue.pop_front();
    if (!is_paused(*next.system)) return next;
    held_.push_back(next);
  }
}

TimePoint SteppedWorld::next_event() const {
  TimePoint next = TimePoint::max();
  for (const EventSource* source : sources_) next = std::min(next, source->next());
  for (const SteppedSystem* system : systems_) {
    if (!is_paused(*system)) next = std::min(next, system->next_timer());
  }
  return next;
}

bool SteppedWorld::run_until(const std::function<bool()>& done, TimePoint deadline) {
  const Outcome outcome = run_events(done, deadline);
  if (outcome == Outcome::too_many_turns) {
    throw Failure(Error(ErrorCode::limit_reached, "actors still run after " +
                                                      std::to_string(settings_.turns_max) +
                                                      " turns; if that is right, raise turns_max"));
  }
  if (outcome == Outcome::done) return true;
  if (deadline != TimePoint::max()) clock_->set(std::max(deadline, clock_->now()));
  return done();
}

std::uint64_t SteppedWorld::run() {
  const std::uint64_t before = turns_;
  static_cast<void>(run_until([] { return false; }, clock_->now()));
  return turns_ - before;
}

void SteppedWorld::run_for(Duration span) {
  static_cast<void>(run_until([] { return false; }, deadline_after(*clock_, span)));
}

bool SteppedWorld::drive(const std::function<bool()>& done, TimePoint deadline) {
  return run_events(done, deadline) == Outcome::done;
}

void SteppedWorld::add(EventSource& source) { sources_.push_back(&source); }
void SteppedWorld::remove(EventSource& source) { std::erase(sources_, &source); }
void SteppedWorld::add(SteppedSystem& system) { systems_.push_back(&system); }

void SteppedWorld::remove(SteppedSystem& system) noexcept {
  std::erase(systems_, &system);
  const std::lock_guard lock(mutex_);
  std::erase(paused_, &system);
  for (auto* queue : {&urgent_, &ready_, &held_}) {
    std::erase_if(*queue, [&](const Runnable& one) { return one.system == &system; });
  }
}

bool SteppedWorld::is_paused(const SteppedSystem& system) const {
  return std::ranges::find(paused_, &system) != paused_.end();
}

void SteppedWorld::pause(const SteppedSystem& system, bool is_paused) {
  std::erase(paused_, &system);
  if (is_paused) return paused_.push_back(&system);
  const std::lock_guard lock(mutex_);
  const auto is_its = [&](const Runnable& one) { return one.system == &system; };
  std::ranges::copy_if(held_, std::back_inserter(ready_), is_its);
  std::erase_if(held_, is_its);
}

void SteppedWorld::submit(SteppedSystem& system, runtime::Cell* cell, bool urgent) noexcept {
  const std::lock_guard lock(mutex_);
  (urgent ? urgent_ : ready_).push_back({&system, cell});
}

}  // namespace troupe::testkit
