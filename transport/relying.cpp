#include <troupe/transport/relying.hpp>

#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/system_anchor.hpp>

namespace troupe::transport {

void tell_of_loss(const Watch& watch, StopReason reason) noexcept {
  runtime::tell_watcher({runtime::find_cell(watch.watcher), watch.watcher},
                        {watch.ref, watch.ref.path(), reason});
}

void tell_of_lost_child(RemoteTarget& node, runtime::ActorId parent) noexcept {
  const runtime::SystemVisit core(node.anchor());
  if (core)
    runtime::receive_signal(*core, node, runtime::ChildEnded{parent, StopReason::node_down});
}

std::optional<runtime::ActorId> parent_in(const runtime::RemoteSignal& signal) {
  if (const auto* spawn = std::get_if<runtime::SpawnChild>(&signal)) return spawn->parent;
  return std::nullopt;
}

}  // namespace troupe::transport
