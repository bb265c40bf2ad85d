// printable_answer(): what another node's console has answered, with all text in it as a terminal
// may have it: no byte of it moves a cursor or ends a line. Pure.
//
// It is used once, where an answer arrives, so what is made of one later need not think of it.
#pragma once

#include <string>
#include <troupe/program/console.hpp>

namespace troupe::program {

[[nodiscard]] std::string printable_answer(std::string answer);
[[nodiscard]] ActorDescription printable_answer(ActorDescription answer);
[[nodiscard]] NodeStatus printable_answer(NodeStatus answer);
[[nodiscard]] ClusterStatus printable_answer(ClusterStatus answer);

}  // namespace troupe::program
