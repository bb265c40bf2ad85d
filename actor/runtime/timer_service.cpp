#include <troupe/actor/runtime/timer_service.hpp>

namespace troupe::runtime {

TimerService::Armed TimerService::arm(TimerNode& timer, TimePoint at) {
  const std::lock_guard lock(mutex_);
  heap_.remove(timer);
  if (closed_) return Armed::never;
  heap_.add(timer, at);
  return &heap_.earliest() == &timer ? Armed::earliest : Armed::later;
}

bool TimerService::cancel(TimerNode& timer) noexcept {
  const std::lock_guard lock(mutex_);
  const bool was_armed = timer.armed();
  heap_.remove(timer);
  return was_armed;
}

DueList TimerService::take_due(TimePoint now) {
  DueList all;
  const std::lock_guard lock(mutex_);
  while (!heap_.empty() && heap_.earliest().at <= now) {
    auto& timer = static_cast<TimerNode&>(heap_.earliest());
    heap_.remove(timer);
    timer.due(all);
  }
  return all;
}

DueList TimerService::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  return take_due(TimePoint::max());
}

TimePoint TimerService::next() const noexcept {
  const std::lock_guard lock(mutex_);
  return heap_.empty() ? TimePoint::max() : heap_.earliest().at;
}

std::size_t TimerService::size() const noexcept {
  const std::lock_guard lock(mutex_);
  return heap_.size();
}

}  // namespace troupe::runtime
