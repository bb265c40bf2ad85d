#include <troupe/transport/link/relying.hpp>

#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/system_anchor.hpp>

namespace troupe::transport {

void tell_of_loss(const Watch& watch, StopReason reason) noexcept {
  runtime::tell_watcher({runtime::find_cell(watch.watcher), watch.watcher},
                        {watch.ref, watch.ref.path(), reason});
}

void tell_of_refused_watch(const Watch& watch, ErrorCode refused) noexcept {
  if (refused != ErrorCode::frame_too_large) return tell_of_loss(watch, StopReason::node_down);
  if (const runtime::SystemVisit core(watch.ref.remote()->anchor(watch.ref.remote_id())); core) {
    core->log(core->name)
        .error("{} cannot be watched: its path is longer than a frame may be (frame_bytes_max)",
               watch.ref.path());
  }
  tell_of_loss(watch, StopReason::no_such_actor);
}

void tell_of_lost_child(RemoteTarget& node, runtime::ActorId parent) noexcept {
  const runtime::SystemVisit core(node.anchor(0));
  if (core) runtime::answer_for(*core, node, runtime::ChildEnded{parent, StopReason::node_down});
}

void tell_of_refused_signal(RemoteTarget& node, std::optional<runtime::ActorId> parent,
                            ErrorCode refused) noexcept {
  const runtime::SystemVisit core(node.anchor(0));
  if (!core) return;
  if (refused != ErrorCode::frame_too_large) {
    if (!parent) return;
    return runtime::answer_for(
        *core, node,
        runtime::ChildNotPlaced{*parent,
                                Error(refused, "the order was not sent" + node.why(0, refused),
                                      Execution::not_executed)});
  }
  if (!parent) {
    return core->log(core->name)
        .error("an order for {} is longer than a frame may be (frame_bytes_max)", node.path(0));
  }
  runtime::answer_for(
      *core, node,
      runtime::ChildNotPlaced{*parent,
                              Error(refused,
                                    "the child's arguments are longer than a frame may be: raise "
                                    "frame_bytes_max on both nodes, or send them in messages",
                                    Execution::not_executed)});
}

std::optional<runtime::ActorId> parent_in(const runtime::RemoteSignal& signal) {
  if (const auto* spawn = std::get_if<runtime::SpawnChild>(&signal)) return spawn->parent;
  return std::nullopt;
}

}  // namespace troupe::transport
