#include <troupe/actor/runtime/due.hpp>

#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/future_state.hpp>

namespace troupe::runtime {
namespace {

void wake_for_timers(const Due& due) noexcept {
  if (due.mailbox != nullptr) return due.mailbox->due();
  if (due.cell == nullptr) return;
  Envelope* signal = make_signal(Kind::timer_due, due.id, 0);
  if (!deliver_system(due.cell, signal, true)) free_envelope(signal);
}

}  // namespace

void tell_due(TimerService& timers, TimePoint now) {
  for (const Due& due : timers.take_due(now)) {
    if (due.future == nullptr) {
      wake_for_timers(due);
      continue;
    }
    due.future->time_out();
    due.future->release();
  }
}

void abandon(TimerService& timers, const Error& error) {
  for (const Due& due : timers.close()) {
    if (due.future == nullptr) continue;
    due.future->fail(error);
    due.future->release();
  }
}

}  // namespace troupe::runtime
