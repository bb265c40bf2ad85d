#include <troupe/transport/reception/system_reception.hpp>

#include <troupe/transport/log/link_log.hpp>
#include <utility>

namespace troupe::transport {

bool SystemReception::take(RemotePeer& peer, const System& message, TimePoint now) {
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
    keep(peer, {std::move(*payload), message.payload.size()}, now);
  } else {
    log_.refuse(Error(ErrorCode::malformed, "an invalid system message"), peer.name(), now);
  }
  return true;
}

/// Whether what must have come before can come in the present session, or need not come any more.
bool SystemReception::may_wait_for(RemotePeer& peer, const Position& position, TimePoint now) {
  const std::uint64_t session = peer.incoming.lanes.session();
  if (position.session < session) return true;
  if (position.session == session) {
    const LanePositions& wanted = position.positions;
    return believes(events_, peer, Lane::ordinary, wanted.ordinary, now, messages_waiting_max) &&
           believes(events_, peer, Lane::large, wanted.large, now, messages_waiting_max);
  }
  events_.on_impossible(peer,
                        "a system message of session " + std::to_string(position.session) +
                            " in session " + std::to_string(session),
                        now);
  return false;
}

/// Whether one more system message of the peer's may wait here. One on its own always may.
bool SystemReception::has_room_for(const RemotePeer& peer, const System& message, TimePoint now) {
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
  log_.refuse(Error(ErrorCode::limit_reached,
                    "a system message, while as many wait here for what must come before them "
                    "as the " +
                        limit + "; it may come again"),
              peer.name(), now);
  return false;
}

void SystemReception::keep(RemotePeer& peer, WaitingSystem message, TimePoint now) {
  Incoming& incoming = peer.incoming;
  if (message.payload.position.session == 0 || peer.is_over) {
    return carry_out(peer, std::move(message.payload), now);
  }
  incoming.waiting_bytes += message.bytes;
  incoming.waiting.push_back(std::move(message));
  incoming.share.set(held_bytes_, incoming.bytes());
}

void SystemReception::release(RemotePeer& peer, TimePoint now) {
  Incoming& incoming = peer.incoming;
  while (!incoming.waiting.empty() &&
         incoming.lanes.has_reached(incoming.waiting.front().payload.position)) {
    WaitingSystem next = std::move(incoming.waiting.front());
    incoming.waiting.pop_front();
    incoming.waiting_bytes -= next.bytes;
    incoming.share.set(held_bytes_, incoming.bytes());
    carry_out(peer, std::move(next.payload), now);
  }
}

/// A life that is over has nothing to say any more about actors that were told of its end.
void SystemReception::carry_out(RemotePeer& peer, SystemPayload payload, TimePoint now) {
  if (peer.is_over) return late_.add();
  if (const auto* watch = std::get_if<WatchActor>(&payload.what))
    return begin_watch(peer, *watch, now);
  if (const auto* over = std::get_if<UnwatchActor>(&payload.what)) {
    const runtime::ActorId actor = peer.take_watch(over->key);
    if (actor == 0) {
      return table_.note_passed_over(peer.name(),
                                     "the end of a watch that is over, or was never begun");
    }
    return unwatch(peer, over->key, actor);
  }
  if (const auto* ended = std::get_if<ActorEnded>(&payload.what)) return end_watch(peer, *ended);
  auto& signal = std::get<runtime::RemoteSignal>(payload.what);
  if (const auto* ended = std::get_if<runtime::ChildEnded>(&signal)) {
    peer.link().forget_parent(ended->parent);
  } else if (const auto* not_placed = std::get_if<runtime::ChildNotPlaced>(&signal)) {
    peer.link().forget_parent(not_placed->parent);
  } else if (std::holds_alternative<runtime::SpawnChild>(signal)) {
    peer.link().require_connection();
  }
  actors_.receive(table_.receiving_target_of(peer), std::move(signal));
}

/// An actor there that is watched from here has ended.
void SystemReception::end_watch(RemotePeer& peer, const ActorEnded& ended) {
  const auto watch = peer.link().take_watch(ended.key);
  if (!watch) {
    return table_.note_passed_over(peer.name(), "the end of an actor that nobody here watches");
  }
  const std::string path = ended.path.empty()
                               ? watch->ref.path()
                               : "troupe://" + peer.identity().address.to_string() + ended.path;
  runtime::LocalActors::tell_of_end(watch->watcher, {watch->ref, path, ended.reason});
}

/// The peer watches an actor here; an end that has come already is told at once.
void SystemReception::begin_watch(RemotePeer& peer, const WatchActor& watch, TimePoint now) {
  peer.link().require_connection();
  const AnyRef actor = inbound_.find({.actor = watch.actor, .path = watch.path});
  const auto begun = peer.add_watch(watch.key, actor ? actor.id() : UINT64_MAX);
  if (begun == HeardLife::Begun::before) {
    return table_.note_passed_over(peer.name(), "a watch that was begun before");
  }
  if (begun == HeardLife::Begun::not_at_all) {
    log_.refuse(Error(ErrorCode::limit_reached,
                      "a watch that is one more than the " + std::to_string(inbound_watches_max) +
                          " that a node may have here: its watcher is told that "
                          "there is no such actor"),
                peer.name(), now);
    return table_.receiving_target_of(peer).refuse_watch(watch);
  }
  if (!actor) {
    const std::string path = watch.actor != 0 ? "/" + unnamed_actor(watch.actor) : watch.path;
    return table_.receiving_target_of(peer).tell_watcher(
        watch.key, {AnyRef(), path, StopReason::no_such_actor});
  }
  actors_.watch(actor, table_.receiving_target_of(peer).ref(watch.key));
}

void SystemReception::unwatch(RemotePeer& peer, std::uint64_t key, runtime::ActorId actor) {
  runtime::LocalActors::unwatch(actor, table_.receiving_target_of(peer).ref(key));
}

}  // namespace troupe::transport
