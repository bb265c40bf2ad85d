// The remote child proxy: a child, here, of a parent here, in place of one that is on another node.
//
//   child      messages for it    it fails            its node is lost     an order to stop
//   awaited    wait               .                   the next candidate   waits for the answer
//   placed     go there           fails like it       fails, child: none   ends the child
//   none       wait               .                   .                    ends the proxy
//
// What the parent then says about the failed proxy goes on to the child, or, where there is
// none, a restart asks the candidates for a new one. The proxy ends after the child.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/role.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/type_list.hpp>
#include <troupe/wire/writer.hpp>
#include <vector>

namespace troupe::runtime {

class Cell;
class SystemCore;

/// Where a child may be, and how it is made there. The proxy's instances have it one after the
/// other.
struct Placement {
  std::vector<NodeAddress> candidates;  ///< At least one, or those that have the role.
  std::optional<Role> role;             ///< Whose nodes are looked up for each placement.
  std::string offer;
  /// Writes the constructor's arguments, as an array.
  std::function<void(wire::Writer&)> write_arguments;
  TypeList types;  ///< Of the child's protocol.
  FindType find_type;
  /// Told once: the proxy, when the child is placed, or why no candidate has taken it.
  std::function<void(Result<AnyRef>)> tell_spawner;
  std::size_t next = 0;  ///< Whom to ask next, of the candidates, round and round.
};

/// Makes a proxy below `parent`, in that one's turn. Errors: those of a spawn.
[[nodiscard]] Result<AnyRef> spawn_remote_child_proxy(SystemCore& core, Cell& parent,
                                                      Placement placement);

}  // namespace troupe::runtime
