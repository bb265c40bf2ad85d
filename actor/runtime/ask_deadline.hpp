// Ask deadlines: until when an ask waits, and what it fails with where that is over or never began.
#pragma once

#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>

namespace troupe {
class AnyRef;
}

namespace troupe::runtime {

class Cell;

/// When an ask of this actor's ends that begins now.
[[nodiscard]] TimePoint deadline_of(const Cell& asker, Duration timeout) noexcept;

[[nodiscard]] Error ask_timed_out(const AnyRef& target, Duration timeout);
/// What an ask with a negative time-out, which is not sent, fails with.
[[nodiscard]] Error negative_timeout(Duration timeout);

}  // namespace troupe::runtime
