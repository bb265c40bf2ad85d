// Transport's side of system messages that come in: watches, their ends, and the signals of
// runtimes. Each is taken once, in its place among the others and behind what it waits for.
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {

/// False where its session has ended for it.
bool Transport::take_system(RemotePeer& peer, const System& message, TimePoint now) {
  if (!has_room_for(peer, message, now)) return true;  // It comes again.
  Incoming& incoming = peer.incoming;
  const std::uint64_t next = incoming.system.received() + 1;
  if (message.number != next) {
    table_.note_passed_over(peer.name(), message.number < next
                                             ? "a system message that has come before"
                                             : "a system message before those that it follows");
    return true;
  }
  auto payload = decode_system(message.payload);
  if (payload && !may_wait_for(peer, payload->position, now)) return false;
  static_cast<void>(incoming.system.accept(message.number));
  if (payload) {
    take(peer, {std::move(*payload), message.payload.size()}, now);
  } else {
    refuse_frame(Error(ErrorCode::malformed, "a system message that is none"), peer.name(), now);
  }
  return true;
}

/// Whether what must have come before can come in the present session, or need not come any more.
bool Transport::may_wait_for(RemotePeer& peer, const Position& position, TimePoint now) {
  const std::uint64_t session = peer.incoming.lanes.session();
  if (position.session < session) return true;
  if (position.session == session) {
    const LanePositions& wanted = position.positions;
    return believes(peer, Lane::ordinary, wanted.ordinary, now, messages_waiting_max) &&
           believes(peer, Lane::large, wanted.large, now, messages_waiting_max);
  }
  end_impossible_session(peer,
                         "a system message of session " + std::to_string(position.session) +
                             " in session " + std::to_string(session),
                         now);
  return false;
}

/// What a peer says of its session cannot be: nothing more of it is believed, and it begins anew.
void Transport::end_impossible_session(RemotePeer& peer, const std::string& what, TimePoint now) {
  const Error error(ErrorCode::malformed,
                    what +
                        ": no node has so much under way, so this session ends and another one "
                        "is to be begun");
  refuse_frame(error, peer.name(), now);
  Incoming& incoming = peer.incoming;
  reject(incoming.connections[index_of(Lane::control)], error);
  for (ConnectionId& connection : incoming.connections) {
    if (connection.empty()) continue;
    dismiss(std::exchange(connection, {}), PastConnections::Cause::next_session);
  }
  end_reverse(peer.link(), peer, "its own session on the same connections has ended", now);
}

/// Whether one more system message of the peer's may wait here. One on its own always may.
bool Transport::has_room_for(const RemotePeer& peer, const System& message, TimePoint now) {
  const Incoming& incoming = peer.incoming;
  const std::size_t messages = incoming.waiting.size();
  std::string limit;
  if (messages >= waiting_system_max) {
    limit = std::to_string(waiting_system_max) + " that may";
  } else if (messages > 0 &&
             incoming.waiting_bytes + message.payload.size() > settings_.system_waiting_bytes_max) {
    limit = std::to_string(settings_.system_waiting_bytes_max) +
            " bytes that may (system_waiting_bytes_max)";
  } else {
    return true;
  }
  refuse_frame(Error(ErrorCode::limit_reached,
                     "a system message, while as many wait here for what must come before them "
                     "as the " +
                         limit + "; it may come again"),
               peer.name(), now);
  return false;
}

void Transport::take(RemotePeer& peer, WaitingSystem message, TimePoint now) {
  Incoming& incoming = peer.incoming;
  if (message.payload.position.session == 0 || peer.is_over) {
    return carry_out(peer, std::move(message.payload), now);
  }
  incoming.waiting_bytes += message.bytes;
  incoming.waiting.push_back(std::move(message));
  incoming.share.set(held_bytes_, incoming.bytes());
}

/// A life that is over has nothing to say any more about actors that were told of its end.
void Transport::carry_out(RemotePeer& peer, SystemPayload payload, TimePoint now) {
  const auto pass_over = [&](std::string_view what) { table_.note_passed_over(peer.name(), what); };
  if (peer.is_over) return late_frames_.add();
  if (const auto* watch = std::get_if<WatchActor>(&payload.what))
    return watch_for(peer, *watch, now);
  if (const auto* unwatch = std::get_if<UnwatchActor>(&payload.what)) {
    const runtime::ActorId actor = peer.take_watch(unwatch->key);
    if (actor == 0) return pass_over("the end of a watch that is over, or was never begun");
    return unwatch_for(peer, unwatch->key, actor);
  }
  if (const auto* ended = std::get_if<ActorEnded>(&payload.what)) {
    const auto watch = peer.link().take_watch(ended->key);
    if (!watch) return pass_over("the end of an actor that nobody here watches");
    const std::string path = ended->path.empty()
                                 ? watch->ref.path()
                                 : "troupe://" + peer.identity().address.to_string() + ended->path;
    return runtime::LocalActors::tell_of_end(watch->watcher, {watch->ref, path, ended->reason});
  }
  auto& signal = std::get<runtime::RemoteSignal>(payload.what);
  if (const auto* ended = std::get_if<runtime::ChildEnded>(&signal)) {
    peer.link().forget_parent(ended->parent);
  } else if (const auto* not_placed = std::get_if<runtime::ChildNotPlaced>(&signal)) {
    peer.link().forget_parent(not_placed->parent);
  } else if (std::holds_alternative<runtime::SpawnChild>(signal)) {
    peer.link().want();
  }
  actors_.receive(target_of(peer), std::move(signal));
}

/// The peer watches an actor here; an end that has come already is told at once.
void Transport::watch_for(RemotePeer& peer, const WatchActor& watch, TimePoint now) {
  peer.link().want();
  const AnyRef actor = inbound_.find({.actor = watch.actor, .path = watch.path});
  if (!peer.add_watch(watch.key, actor ? actor.id() : UINT64_MAX)) {
    return refuse_frame(
        Error(ErrorCode::limit_reached, "a watch that is one more than the " +
                                            std::to_string(inbound_watches_max) +
                                            " that a node may have here, or that was begun before"),
        peer.name(), now);
  }
  if (!actor) {
    const std::string path = watch.actor != 0 ? "/" + unnamed_actor(watch.actor) : watch.path;
    return target_of(peer).tell_watcher(watch.key, {AnyRef(), path, StopReason::no_such_actor});
  }
  actors_.watch(actor, target_of(peer).ref(watch.key));
}

void Transport::unwatch_for(RemotePeer& peer, std::uint64_t key, runtime::ActorId actor) {
  runtime::LocalActors::unwatch(actor, target_of(peer).ref(key));
}

}  // namespace troupe::transport
