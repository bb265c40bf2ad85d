#include <troupe/actor/runtime/nodes_by_role.hpp>

#include <algorithm>
#include <troupe/actor/ports/roster.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/base/hand_over.hpp>
#include <troupe/wire/fnv1a.hpp>

namespace troupe::runtime {

Result<std::vector<NodeAddress>> nodes_with(const SystemCore& core, const Role& role) {
  const Roster* const roster = core.roster.load(std::memory_order_acquire);
  sees(&core.roster);
  if (roster != nullptr) return roster->with_role(role.name());
  return Error(ErrorCode::node_unreachable,
               "nobody has the role \"" + role.name() +
                   "\", as this system is not that of a member of a cluster: set "
                   "NodeSettings::cluster",
               Execution::not_executed);
}

/// Each system begins at a place of its own, so that not all of them begin with the same node.
Result<std::vector<NodeAddress>> next_nodes_with(SystemCore& core, const Role& role) {
  auto nodes = nodes_with(core, role);
  if (!nodes.ok()) return nodes;
  const std::uint64_t turn = wire::Fnv1a().append(core.address).value() +
                             core.roster.load(std::memory_order_acquire)->take_turn(role.name());
  std::ranges::rotate(*nodes, nodes->begin() + static_cast<std::ptrdiff_t>(turn % nodes->size()));
  return nodes;
}

bool is_own(const SystemCore& core, const NodeAddress& address) {
  const std::string_view own(core.address);
  return address.to_string() == own.substr(0, own.find('#'));
}

}  // namespace troupe::runtime
