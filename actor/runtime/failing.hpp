// Failing: what an actor does when a handler of its, or its start, has failed: it waits for its
// supervisor's decision. In its turn. The decision itself: see supervise.hpp and directive.hpp.
#pragma once

#include <cstdint>
#include <troupe/actor/child_failed.hpp>
#include <troupe/actor/ports/envelope.hpp>

namespace troupe::runtime {

class SystemCore;

/// A failure, on its way to the supervisor.
struct FailureReport {
  static constexpr bool local_message = true;
  ChildFailed failure;
  /// The last decision about several children that the child had applied when it failed.
  std::uint64_t applied = 0;
  /// Of a message from storage that has failed before: that counts once.
  bool is_repeated = false;
};

/// Answers the asker of the message whose handler failed, if there is one, marks the actor failed,
/// and tells its supervisor. Takes the message. Without memory for that the supervisor is told
/// later: the actor's turns do nothing but try, and handle system messages, until there is some.
void fail(SystemCore& core, Cell& cell, ChildFailed failure, Envelope* message);

/// Tries to tell the supervisor of an actor with flag_unreported, which stays set where there still
/// is no memory.
void report_failure_again(SystemCore& core, Cell& cell);

}  // namespace troupe::runtime
