// Handling times: how long the messages of an actor waited, and how long its handlers took, for
// middleware that wants_times(). Other actors have none of it.
//
// Behind a note of when it came, of kind `arrived`, which a sender pushes with it in one step, a
// message is in the inbox of an actor with flag_timed; a bounded mailbox keeps the time itself.
#pragma once

#include <memory>
#include <optional>
#include <troupe/actor/middleware.hpp>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/base/clock.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::runtime {

struct Extras;
class SystemCore;

/// In the ordinary lane, right before the message that it is about.
struct Arrival {
  static constexpr bool local_message = true;
  const Envelope* message = nullptr;
  TimePoint at;
};

/// As Cell::push(), with the note. Where there is no memory for that, without. Any thread.
[[nodiscard]] Push push_timed(const Clock& clock, Cell& cell, Envelope* envelope) noexcept;

/// What is known of the message that an actor with middleware handles next.
struct NextMessage {
  const Envelope* envelope = nullptr;
  std::optional<std::size_t> encoded_bytes = std::nullopt;
  std::optional<TimePoint> came = std::nullopt;
};

/// The handlers of one actor that are under way as Tasks, by their requests.
struct HandlingTimes {
  struct Handling {
    HandledMessage message;
    TimePoint begun;
  };
  std::unordered_map<const Envelope*, Handling> under_way;
};

/// The middleware of an actor that has any, and what is known for it.
struct MiddlewareChain {
  std::vector<std::shared_ptr<Middleware>> links;
  NextMessage next_message;
  std::unique_ptr<HandlingTimes> times;  ///< Where a link wants them.
};

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
