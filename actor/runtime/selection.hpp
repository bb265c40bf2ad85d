// Selection: from the text of a path to a ref, of an actor here or on another node.
#pragma once

#include <string_view>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/role.hpp>
#include <vector>

namespace troupe::runtime {

class Cell;
class SystemCore;

/// The actor at a path such as "/user/manager/worker", or null. Any thread.
[[nodiscard]] Cell* find_actor(const SystemCore& core, std::string_view path);

/// As ActorSystem::try_find_any(). Any thread.
[[nodiscard]] Result<AnyRef> find_path(const SystemCore& core, std::string_view path);

/// As Context::try_select_any(). Any thread.
[[nodiscard]] Result<AnyRef> select_path(const SystemCore& core, std::string_view path);
[[nodiscard]] Result<std::vector<AnyRef>> select_path(const SystemCore& core, std::string_view path,
                                                      const EachNode& nodes);
[[nodiscard]] Result<AnyRef> select_path(SystemCore& core, std::string_view path,
                                         const OneNode& node);

/// A path for whoever has a role: without a node. Errors: `invalid_path`. Any thread.
[[nodiscard]] Result<void> check_local_path(std::string_view path);

/// Whoever is at the path of one node with the role; a null ref for nobody on this node. Errors:
/// `limit_reached`, `shutdown`. Any thread.
[[nodiscard]] Result<AnyRef> select_at(const SystemCore& core, const NodeAddress& node,
                                       std::string_view path);

}  // namespace troupe::runtime
