#include <troupe/actor/runtime/selection.hpp>

#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ports/remote_nodes.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/remote_guardian.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {
namespace {

/// Without an address, or with this system's own.
bool is_here(const SystemCore& core, const ActorPath& path) {
  const std::string_view own(core.address);
  const std::string_view without_incarnation = own.substr(0, own.find('#'));
  return path.node.name.empty() || path.node.to_string() == without_incarnation;
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
