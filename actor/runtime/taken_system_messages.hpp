// TakenSystemMessages: the system messages that a turn has taken out of a cell. Those that it does
// not come to are there for the next turn.
#pragma once

#include <atomic>
#include <cstdint>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {

/// In the turn of the actor. What is left in the end goes back, before what has come meanwhile; of
/// an actor that has ended, to whoever it came from.
class TakenSystemMessages {
 public:
  /// `oldest` is the first of a list.
  TakenSystemMessages(SystemCore& core, Cell& cell, Envelope* oldest) noexcept
      : core_(core), cell_(cell), oldest_(oldest) {}
  ~TakenSystemMessages() {
    const bool has_ended = this_thread.cell != &cell_;
    while (oldest_ != nullptr) {
      if (has_ended) {
        return_system_message(core_, take_first());
      } else {
        put_back();
      }
    }
  }
  TakenSystemMessages(const TakenSystemMessages&) = delete;
  TakenSystemMessages& operator=(const TakenSystemMessages&) = delete;

  /// Null when there is none.
  [[nodiscard]] Envelope* take_first() noexcept {
    Envelope* const first = oldest_;
    if (first != nullptr) oldest_ = first->next;
    return first;
  }
  void put_first(Envelope* envelope) noexcept {
    envelope->next = oldest_;
    oldest_ = envelope;
  }

 private:
  /// Where another one comes just now, that is the last of them, and it is tried again.
  void put_back() noexcept {
    const std::uintptr_t newer = cell_.system.exchange(Cell::empty, std::memory_order_acq_rel);
    sees(&cell_.system);
    if (newer > Cell::parked) append(reversed(reinterpret_cast<Envelope*>(newer)));
    Envelope* const newest = reversed(oldest_);
    std::uintptr_t expected = Cell::empty;
    shows(&cell_.system);
    const bool is_back = cell_.system.compare_exchange_strong(
        expected, reinterpret_cast<std::uintptr_t>(newest), std::memory_order_acq_rel);
    oldest_ = is_back ? nullptr : reversed(newest);
  }
  void append(Envelope* newer) noexcept {
    Envelope* last = oldest_;
    while (last->next != nullptr) last = last->next;
    last->next = newer;
  }

  SystemCore& core_;
  Cell& cell_;
  Envelope* oldest_;
};

}  // namespace troupe::runtime
