// Depth: counting what waits for an actor, in its own turn; others ask it by a system message,
// which is ahead of all that waits.
#pragma once

#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/mailbox_depth.hpp>

namespace troupe::runtime {

/// Actor thread.
[[nodiscard]] MailboxDepth depth_of(const Cell& cell);

/// Of any actor here; see ActorSystem::depth_of(). Any thread.
[[nodiscard]] Future<MailboxDepth> ask_depth(const AnyRef& ref, Duration timeout);

}  // namespace troupe::runtime
