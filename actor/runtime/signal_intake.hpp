// Signal intake: from what another node's runtime has signalled to the actors here that it
// concerns.
#pragma once

#include <troupe/actor/ports/remote_signal.hpp>

namespace troupe::runtime {

class SystemCore;

/// Orders an actor here to end; nothing for one that has ended. Any thread.
void order_end(Cell& cell, ActorId id, OrderEnd::How how) noexcept;

/// Carries out what another node has signalled: sends it on to the actors that it concerns, which
/// take it only from the node that it is about. Runs no user code and never blocks. The transport's
/// thread.
void receive_signal(SystemCore& core, RemoteTarget& from, RemoteSignal signal) noexcept;

/// Tells a proxy here that what it has asked of `node` will not be done there, or that the
/// child is lost: this node's own word, in place of an answer. `signal` is ChildNotPlaced or
/// ChildEnded. Any thread.
void answer_for(SystemCore& core, RemoteTarget& node, RemoteSignal signal) noexcept;

/// A life of another node's is over: the children that actors there have here must end. Those that
/// actors here have there get ChildEnded with `node_down` from the transport. The transport's
/// thread.
void node_lost(SystemCore& core, RemoteTarget& node) noexcept;

}  // namespace troupe::runtime
