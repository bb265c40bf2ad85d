// End orders: telling an actor to stop, or to drain. What it does then is in ending.hpp.
#pragma once

#include <troupe/actor/ports/envelope.hpp>

namespace troupe::runtime {

/// Sends an actor the order to stop, or to drain. Any thread.
void order_stop(Cell& cell, ActorId id) noexcept;
void order_drain(Cell& cell, ActorId id) noexcept;
/// Notes that an actor which was told to drain is to end sooner: see the wait graph in
/// exclusive_wait.hpp.
void forget_drain(Cell& cell, ActorId id) noexcept;

}  // namespace troupe::runtime
