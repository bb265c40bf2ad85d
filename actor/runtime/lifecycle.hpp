// Lifecycle: how an actor begins, and what it does when a handler of its fails. Each function runs
// in the turn of the actor that it is about. How one is made: see spawn_order.hpp.
#pragma once

#include <troupe/actor/ports/supervision_decision.hpp>
#include <troupe/actor/runtime/actor_class.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/spawn_order.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// Runs on_start and opens the mailbox; where on_start is a Task, the mailbox opens when that has
/// succeeded.
void start(SystemCore& core, Cell& cell);

/// Answers the asker of the message whose handler failed, if there is one, marks the actor failed,
/// and tells its supervisor. Takes the message. Without memory for that the supervisor is told
/// later: the actor's turns do nothing but try, and handle system messages, until there is some.
void fail(SystemCore& core, Cell& cell, ChildFailed failure, Envelope* message);

/// Tries to tell the supervisor of an actor with flag_unreported, which stays set where there still
/// is no memory.
void report_failure_again(SystemCore& core, Cell& cell);

/// Carries out the supervisor's directive.
void apply(SystemCore& core, Cell& cell, const SupervisionDecision& decision);

}  // namespace troupe::runtime
