// Arrival: when a message came into the mailbox of an actor whose middleware wants_times(). Other
// actors have none of it.
//
// Behind a note of when it came, of kind `arrived`, which a sender pushes with it in one step, a
// message is in the inbox of an actor with flag_timed; a bounded mailbox keeps the time itself.
#pragma once

#include <troupe/actor/runtime/cell.hpp>
#include <troupe/base/clock.hpp>

namespace troupe::runtime {

/// In the ordinary lane, right before the message that it is about.
struct Arrival {
  static constexpr bool local_message = true;
  const Envelope* message = nullptr;
  TimePoint at;
};

/// As Cell::push(), with the note. Where there is no memory for that, without. Any thread.
[[nodiscard]] Push push_timed(const Clock& clock, Cell& cell, Envelope* envelope) noexcept;

}  // namespace troupe::runtime
