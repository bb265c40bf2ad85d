#include <troupe/actor/runtime/open_turn.hpp>

#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {

void OpenTurn::detach_in_place() noexcept {
  Envelope* const in_place = std::exchange(in_place_, nullptr);
  if (in_place == nullptr) return;
  auto* newer =
      reinterpret_cast<Envelope*>(cell_.inbox.exchange(Cell::empty, std::memory_order_acquire));
  sees(&cell_.inbox);
  // What came meanwhile lies on top of it, newest first; what a handler put first stays first.
  Envelope* came = nullptr;
  while (newer != in_place) {
    Envelope* next = newer->next;
    newer->next = came;
    came = std::exchange(newer, next);
  }
  Envelope** end = &cell_.batch;
  while (*end != nullptr) end = &(*end)->next;
  *end = came;
}

void OpenTurn::count_delivered() noexcept {
  if (delivered_ == 0) return;
  count_handled(core_, static_cast<std::uint64_t>(std::exchange(delivered_, 0)));
}

void take_message_out() noexcept { OpenTurn::innermost->detach_in_place(); }

void count_so_far() noexcept {
  // What an outside thread has sent to nobody is in no system's books.
  const std::uint64_t sent = std::exchange(this_thread.sent, 0);
  if (sent != 0 && this_thread.core != nullptr) count_sent(*this_thread.core, sent);
  if (OpenTurn::innermost != nullptr) OpenTurn::innermost->count_delivered();
}

}  // namespace troupe::runtime
