// The command `demo`: some processes of this program form a cluster on this machine, one is killed,
// started anew, and one leaves; each step shows what the others make of it.
#pragma once

#include <cstddef>

namespace troupe::program {

/// Takes some seconds; with `stays`, until a signal ends it. What it has started ends with it.
/// `nodes`: demo_nodes_min to demo_nodes_max. Throws std::runtime_error where a step does not go as
/// it should.
void run_demo(std::size_t nodes, bool stays);

}  // namespace troupe::program
