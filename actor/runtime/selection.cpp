#include <troupe/actor/runtime/selection.hpp>

#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ports/remote_nodes.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/nodes_by_role.hpp>
#include <troupe/actor/runtime/remote_guardian.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {
namespace {

/// Without an address, or with this system's own.
bool is_here(const SystemCore& core, const ActorPath& path) {
  return path.node.name.empty() || is_own(core, path.node);
}

Result<AnyRef> find_here(const SystemCore& core, const ActorPath& path) {
  Cell* cell = find_actor(core, path.local);
  if (cell == nullptr) {
    return Error(ErrorCode::no_such_actor, "there is no actor at " + path.local,
                 Execution::not_executed);
  }
  return AnyRef(cell, id_of(*cell));
}

}  // namespace

Result<AnyRef> find_path(const SystemCore& core, std::string_view path) {
  auto parsed = ActorPath::parse(path);
  if (!parsed.ok()) return std::move(parsed).error();
  if (is_here(core, *parsed)) return find_here(core, *parsed);
  return Error(ErrorCode::no_such_actor, std::string(path) + " is on another node",
               Execution::not_executed);
}

Result<AnyRef> select_path(const SystemCore& core, std::string_view path) {
  auto parsed = ActorPath::parse(path);
  if (!parsed.ok()) return std::move(parsed).error();
  if (is_here(core, *parsed)) return find_here(core, *parsed);
  if (RemoteNodes* nodes = core.nodes.load(std::memory_order_acquire)) return nodes->path(*parsed);
  if (!core.address.empty()) {
    return Error(ErrorCode::shutdown, "the node is shutting down, and selects no paths any more",
                 Execution::not_executed);
  }
  return Error(ErrorCode::node_unreachable,
               std::string(path) + " is on another node, and this system is no node",
               Execution::not_executed);
}

Result<std::vector<AnyRef>> select_path(const SystemCore& core, std::string_view path,
                                        const EachNode& nodes) {
  if (auto checked = check_local_path(path); !checked.ok()) return checked.error();
  const auto found = nodes_with(core, nodes.role);
  if (!found.ok()) return found.error();
  std::vector<AnyRef> refs;
  refs.reserve(found->size());
  for (const NodeAddress& node : *found) {
    auto ref = select_at(core, node, path);
    if (!ref.ok()) return std::move(ref).error();
    refs.push_back(*ref);
  }
  return refs;
}

Result<AnyRef> select_path(SystemCore& core, std::string_view path, const OneNode& node) {
  if (auto checked = check_local_path(path); !checked.ok()) return checked.error();
  const auto found =
      node.is_the_only ? nodes_with(core, node.role) : next_nodes_with(core, node.role);
  if (!found.ok()) return found.error();
  if (node.is_the_only && found->size() > 1) {
    return Error(ErrorCode::invalid_setting,
                 std::to_string(found->size()) + " members have the role \"" + node.role.name() +
                     "\", and one() is for a role that a single one has; say any() or each()",
                 Execution::not_executed);
  }
  return select_path(core, ActorPath{found->front(), std::string(path)}.to_string());
}

Result<void> check_local_path(std::string_view path) {
  const auto parsed = ActorPath::parse(path);
  if (!parsed.ok()) return parsed.error();
  if (parsed->node.name.empty()) return {};
  return Error(ErrorCode::invalid_path,
               "\"" + std::string(path) +
                   "\" names a node, and so does the role: a path beside a "
                   "role looks like /user/name",
               Execution::not_executed);
}

Result<AnyRef> select_at(const SystemCore& core, const NodeAddress& node, std::string_view path) {
  auto ref = select_path(core, ActorPath{node, std::string(path)}.to_string());
  if (!ref.ok() && ref.error().code() == ErrorCode::no_such_actor) return AnyRef();
  return ref;
}

Cell* find_actor(const SystemCore& core, std::string_view path) {
  Cell* cell = nullptr;
  if (path.starts_with("/user")) {
    path.remove_prefix(5);
    cell = core.guardian;
  } else if (path.starts_with(remote_guardian_path)) {
    path.remove_prefix(remote_guardian_path.size());
    cell = find_remote_guardian(core);
  }
  if (cell == nullptr) return nullptr;
  while (!path.empty()) {
    if (path.front() != '/') return nullptr;
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(name.size());
    if (name.empty()) return nullptr;
    const ActorId parent = cell->id.load(std::memory_order_relaxed);
    const ActorId id =
        name.front() == '$' ? id_in_name(name) : core.names.find(parent, name).value_or(0);
    Cell* child = find_cell(id);
    if (child == nullptr || child->id.load(std::memory_order_relaxed) != id ||
        child->parent.load(std::memory_order_relaxed) != cell ||
        child->inbox.load(std::memory_order_relaxed) == Cell::closed) {
      return nullptr;
    }
    cell = child;
  }
  return cell;
}

}  // namespace troupe::runtime
