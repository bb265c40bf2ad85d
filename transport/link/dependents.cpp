#include <troupe/transport/link/dependents.hpp>

#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/remote_target.hpp>

namespace troupe::transport {

void tell_of_loss(const Watch& watch, StopReason reason) noexcept {
  runtime::LocalActors::tell_of_end(watch.watcher, {watch.ref, watch.ref.path(), reason});
}

void tell_of_refused_watch(const Watch& watch, ErrorCode refused) noexcept {
  // The node is there. It is counted, and the log tells of the limit; see LinkLiveness.
  if (refused == ErrorCode::limit_reached) return tell_of_loss(watch, StopReason::no_such_actor);
  if (refused != ErrorCode::frame_too_large) return tell_of_loss(watch, StopReason::node_down);
  if (const runtime::ActorsVisit actors(watch.ref.remote()->anchor(watch.ref.remote_id()));
      actors) {
    actors->log(actors->name())
        .error("{} cannot be watched: its path is longer than a frame may be (frame_bytes_max)",
               watch.ref.path());
  }
  tell_of_loss(watch, StopReason::no_such_actor);
}

void tell_of_lost_child(RemoteTarget& node, runtime::ActorId parent) noexcept {
  const runtime::ActorsVisit actors(node.anchor(0));
  if (actors) actors->answer_for(node, runtime::ChildEnded{parent, StopReason::node_down});
}

void tell_of_refused_signal(RemoteTarget& node, std::optional<runtime::ActorId> parent,
                            ErrorCode refused) noexcept {
  const runtime::ActorsVisit actors(node.anchor(0));
  if (!actors) return;
  if (refused != ErrorCode::frame_too_large) {
    if (!parent) return;
    return actors->answer_for(
        node, runtime::ChildNotPlaced{
                  *parent, Error(refused, "the order was not sent" + node.why(0, refused),
                                 Execution::not_executed)});
  }
  if (!parent) {
    return actors->log(actors->name())
        .error("an order for {} is longer than a frame may be (frame_bytes_max)", node.path(0));
  }
  actors->answer_for(
      node, runtime::ChildNotPlaced{
                *parent, Error(refused,
                               "the child's arguments are longer than a frame may be: raise "
                               "frame_bytes_max on both nodes, or send them in messages",
                               Execution::not_executed)});
}

std::optional<runtime::ActorId> parent_in(const runtime::RemoteSignal& signal) {
  if (const auto* spawn = std::get_if<runtime::SpawnChild>(&signal)) return spawn->parent;
  return std::nullopt;
}

}  // namespace troupe::transport
