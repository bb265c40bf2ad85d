#include <troupe/actor/runtime/selection.hpp>

#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ports/remote_nodes.hpp>
#include <troupe/actor/runtime/hooks.hpp>

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

}  // namespace troupe::runtime
