// Nodes by role: who has one, for all that places and selects by roles.
#pragma once

#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/role.hpp>
#include <troupe/base/result.hpp>
#include <vector>

namespace troupe::runtime {

class SystemCore;

/// Those that have the role now, one at least. Errors: `node_unreachable` where nobody has it, or
/// the system is not that of a member. Any thread.
[[nodiscard]] Result<std::vector<NodeAddress>> nodes_with(const SystemCore& core, const Role& role);

/// As nodes_with(), beginning with another one each time, round and round: with the first for who
/// wants one of them. Any thread.
[[nodiscard]] Result<std::vector<NodeAddress>> next_nodes_with(SystemCore& core, const Role& role);

/// Whether this is the system's own address. Any thread.
[[nodiscard]] bool is_own(const SystemCore& core, const NodeAddress& address);

}  // namespace troupe::runtime
