// Inquiry: what somebody wants to know of an actor's insides, which only its own turn may look at.
// The answer comes ahead of what waits in the mailbox, but behind a handler that runs just now.
#pragma once

#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/mailbox_depth.hpp>
#include <troupe/actor/ports/accepted_types.hpp>

namespace troupe::runtime {

// Of any actor of this process. Errors: `timeout`; `actor_stopped` where it has ended;
// `no_such_actor` for a null ref, or an actor of another node; `invalid_setting` for a negative
// timeout. Any thread.

/// How much waits for it: see ActorSystem::depth_of().
[[nodiscard]] Future<MailboxDepth> ask_depth(const AnyRef& ref, Duration timeout);

/// Which messages it has a handler for now.
[[nodiscard]] Future<AcceptedTypes> ask_accepted_types(const AnyRef& ref, Duration timeout);

}  // namespace troupe::runtime
