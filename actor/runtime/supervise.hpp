// Supervision: a parent decides about a child that has failed. In the parent's turn.
#pragma once

#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// A failure, on its way to the supervisor.
struct FailureReport {
  static constexpr bool local_message = true;
  ChildFailed failure;
  /// The last decision about several children that the child had applied when it failed.
  std::uint64_t applied = 0;
  /// Of a message from storage that has failed before: that counts once.
  bool is_repeated = false;
};

/// Decides about a child that has failed. Children that fail together, where a failure concerns
/// them all, are restarted once.
void supervise(SystemCore& core, Cell& cell, ActorId child, FailureReport&& report);

}  // namespace troupe::runtime
