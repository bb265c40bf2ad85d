#include <troupe/actor/runtime/timer_service.hpp>

#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/future_state.hpp>

namespace troupe::runtime {
namespace {

void wake_for_timers(const Due& due) noexcept {
  if (due.cell == nullptr) return;
  Envelope* signal = make_signal(Kind::timer_due, due.id, 0);
  if (!deliver_system(due.cell, signal, true)) free_envelope(signal);
}

}  // namespace

TimerService::Armed TimerService::arm(TimerNode& timer, TimePoint at) {
  const std::lock_guard lock(mutex_);
  heap_.remove(timer);
  if (abandoned_) return Armed::never;
  heap_.add(timer, at);
  return &heap_.earliest() == &timer ? Armed::earliest : Armed::later;
}

bool TimerService::cancel(TimerNode& timer) noexcept {
  const std::lock_guard lock(mutex_);
  const bool was_armed = timer.armed();
  heap_.remove(timer);
  return was_armed;
}

void TimerService::advance(TimePoint now) {
  for (const Due& due : take_due(now)) {
    if (due.future == nullptr) {
      wake_for_timers(due);
      continue;
    }
    due.future->time_out();
    due.future->release();
  }
}

void TimerService::abandon(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  for (const Due& due : take_due(TimePoint::max())) {
    if (due.future == nullptr) continue;
    due.future->fail(error);
    due.future->release();
  }
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

TimePoint TimerService::next() const noexcept {
  const std::lock_guard lock(mutex_);
  return heap_.empty() ? TimePoint::max() : heap_.earliest().at;
}

std::size_t TimerService::size() const noexcept {
  const std::lock_guard lock(mutex_);
  return heap_.size();
}

}  // namespace troupe::runtime
