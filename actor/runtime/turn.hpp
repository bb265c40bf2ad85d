// A turn: one actor runs on one thread until it has nothing to do or has had its share.
#pragma once

#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {

/// Messages after which an actor does not begin on those that came during its turn.
inline constexpr std::uint32_t turn_messages = 64;
/// Messages after which a turn ends, though more of those that were queued at its start are left.
inline constexpr std::uint32_t turn_messages_max = 1024;

/// Time after which a turn ends where the actor may block, so that others get theirs.
inline constexpr Duration blocking_turn = std::chrono::milliseconds(10);

/// Runs a scheduled cell. True when it has more to do and must be scheduled again; then nobody else
/// schedules it. Afterwards the cell may be in use for another actor. Any thread, one at a time.
[[nodiscard]] bool run_turn(SystemCore& core, Cell& cell) noexcept;

}  // namespace troupe::runtime
