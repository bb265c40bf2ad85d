// SupervisionDecision: what a supervisor has decided about a child that has failed, on its way to
// the child, here or on another node.
#pragma once

#include <troupe/actor/supervision.hpp>

namespace troupe::runtime {

struct SupervisionDecision {
  static constexpr bool local_message = true;
  Directive directive;
  Duration pause{0};  ///< Before a restart.
};

}  // namespace troupe::runtime
