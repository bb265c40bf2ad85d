// Directives: an actor carries out what its supervisor has decided. In its turn.
#pragma once

#include <troupe/actor/ports/supervision_decision.hpp>

namespace troupe::runtime {

class Cell;
class SystemCore;

/// Carries out the supervisor's directive.
void apply(SystemCore& core, Cell& cell, const SupervisionDecision& decision);

}  // namespace troupe::runtime
