// Handling times: how long the messages of an actor waited, and how long its handlers took, for
// middleware that wants_times(). Other actors have none of it. When messages came: see arrival.hpp.
#pragma once

#include <troupe/actor/runtime/arrival.hpp>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/middleware_chain.hpp>
#include <troupe/base/clock.hpp>

namespace troupe::runtime {

struct Extras;
class SystemCore;

/// What the chain is told of a message, and when that was taken from the mailbox.
struct TakenFacts {
  MessageFacts facts;
  TimePoint taken_at;  ///< Only where a link wants times.
};

/// Notes what is known of a message; another one may be handled before it. Actor thread.
void note_arrival(Cell& cell, const Arrival& arrival) noexcept;
/// The next message was in `encoded`, and is in `decoded` now. Actor thread.
void note_decoded(Cell& cell, const Envelope& encoded, const Envelope& decoded) noexcept;
/// What was noted of this message. Actor thread.
[[nodiscard]] TakenFacts take_facts(const SystemCore& core, MiddlewareChain& chain,
                                    const Envelope& envelope) noexcept;

/// Calls the handler; false when there is none. Tells the middleware once that is done, at once or
/// when its Task is. Throws what the handler throws. Actor thread.
[[nodiscard]] bool receive_timed(SystemCore& core, Cell& cell, Envelope* envelope,
                                 const TakenFacts& taken);
/// A Task that was begun so has ended. Actor thread.
void task_has_ended(SystemCore& core, Cell& cell, const Envelope& request, bool failed) noexcept;
/// The actor's tasks are destroyed. Actor thread.
void forget_handlings(Extras& extras) noexcept;

}  // namespace troupe::runtime
