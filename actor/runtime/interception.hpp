// Interception: the detour of messages to actors whose options see every message: middleware and
// stop policies. Other actors never come here.
#pragma once

#include <troupe/actor/middleware.hpp>
#include <troupe/actor/runtime/middleware_chain.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Handles a message past stop policies and middleware; false when the actor has no handler for it.
bool handle_intercepted(SystemCore& core, Cell& cell, Envelope* envelope);

/// Refuses a message that the actor has no handler for.
void handle_unknown(SystemCore& core, Cell& cell, Envelope* envelope);

/// Shows a message to the links of an actor's middleware; false where one stops it.
[[nodiscard]] bool passes_middleware(const MiddlewareChain& chain, Envelope* envelope,
                                     const MessageFacts& facts = {});

}  // namespace troupe::runtime
