#include <troupe/transport/handshakes/peer_hellos.hpp>

#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::transport {

void PeerHellos::on_frame(const ConnectionId& from, FrameReader& reader,
                          std::span<const std::byte> frame, std::string_view key, TimePoint now) {
  parts_.carrier->has_spoken(from);
  const auto message = reader.next();
  const auto* hello = message ? std::get_if<Hello>(&*message) : nullptr;
  if (hello == nullptr) return on_no_hello(from, reader, key, now);
  on_hello({from, reader.lane(), *hello, key}, frame, now);
  const auto* inbound = parts_.connections.find(from);
  if (inbound == nullptr || inbound->lane != Lane::control) return;
  parts_.reception.read_control(*inbound->peer, reader, now);
  if (reader.error() != nullptr) parts_.log.refuse(*reader.error(), hello->address, now);
}

void PeerHellos::on_no_hello(const ConnectionId& from, const FrameReader& reader,
                             std::string_view key, TimePoint now) {
  if (parts_.keys.is_on() && parts_.keys.owner_of(key).empty()) {
    return parts_.trust.refuse("the key " + std::string(key), "it is not trusted any more", now);
  }
  if (const auto* past = parts_.connections.past(from)) {
    parts_.counts.late_frames.add();
    const bool is_over = past->cause == PeerConnections::Cause::life_ended;
    if (is_over && reader.lane() == Lane::control)
      parts_.sender.reject(from, parts_.handshake.over(past->life));
    return;
  }
  if (reader.error() == nullptr) {
    return parts_.log.refuse(Error(ErrorCode::malformed, "a message before the hello"),
                             "a stranger", now);
  }
  if (reader.error()->code() == ErrorCode::refused) {
    parts_.sender.reject(from, *reader.error(), reader.version());
  }
  parts_.log.refuse(*reader.error(), "a stranger", now);
}

void PeerHellos::on_hello(const HelloOnLane& said, std::span<const std::byte> frame,
                          TimePoint now) {
  const bool is_control = said.lane == Lane::control;
  const auto valid = parts_.handshake.on_hello(said.hello, said.key, [&](const NodeIdentity& life) {
    return !is_control && parts_.dismissed.is_leaving(life, said.hello.session);
  });
  if (!valid.ok()) return refuse(said, valid.error(), now);
  if (is_held(said, *valid, frame, now)) return;
  const std::uint64_t epoch = parts_.epochs.epoch(valid->life.address);
  if (valid->begins && !is_control && valid->epoch != epoch) {
    parts_.counts.late_frames.add();
    return parts_.connections.pass_over(said.from, PeerConnections::Cause::next_session);
  }
  const bool is_ahead = valid->begins && valid->epoch > epoch;
  const auto known = parts_.lives.meet(valid->life, is_ahead ? valid->epoch : epoch, now);
  if (!known.ok()) return refuse(said, known.error(), now);
  take(**known, *valid, said, now);
}

/// Whether the hello waits, or was refused, as another life of its node is connected.
bool PeerHellos::is_held(const HelloOnLane& said, const ValidHello& valid,
                         std::span<const std::byte> frame, TimePoint now) {
  const bool may_clash = valid.begins && said.lane == Lane::control;
  PeerLink* const contested = may_clash ? parts_.disputes.find(valid.life, now) : nullptr;
  if (contested == nullptr) return false;
  Newcomer newcomer{
      said.from, valid.life, printable(said.hello.process), {}, std::string(said.key)};
  newcomer.frame.assign(frame.begin(), frame.end());
  if (parts_.disputes.hold(*contested, std::move(newcomer), now)) {
    parts_.driver.drive(*contested, now);
  }
  return true;
}

/// The hello of somebody who may connect.
void PeerHellos::take(RemotePeer& peer, const ValidHello& valid, const HelloOnLane& said,
                      TimePoint now) {
  parts_.carrier->admit(said.from);
  if (!parts_.reverse.may_begin_on(said.from, peer)) {
    return parts_.log.refuse(
        Error(ErrorCode::refused, "the hello of another node than the one that was dialled"),
        said.hello.address, now);
  }
  if (!valid.begins) return parts_.sessions.welcome(said.from, peer, 0);
  // Who is behind is told so, and comes again.
  if (valid.epoch < peer.life().epoch) {
    return parts_.sessions.welcome(said.from, peer, said.hello.session);
  }
  if (!parts_.meetings.begin_epoch(peer.link(), peer.life(), now)) {
    return refuse_life(said.from, peer.name(), now);
  }
  parts_.sessions.on_hello(peer, said, now);
}

void PeerHellos::refuse(const HelloOnLane& said, const Error& error, TimePoint now) {
  if (error.code() == ErrorCode::node_down) {
    const NodeIdentity life{*NodeAddress::parse(said.hello.address), said.hello.incarnation};
    return refuse_life(said.from, life.to_string(), now);
  }
  parts_.sender.reject(said.from, error);
  // What it sent before it hears of that.
  parts_.connections.pass_over(said.from, PeerConnections::Cause::refused);
  if (error.code() != ErrorCode::refused) {
    return parts_.log.refuse(error, said.hello.address, now);
  }
  parts_.trust.refuse(printable(said.hello.address), error.context(), now);
}

/// A life that is over here says hello. It may go on trying.
void PeerHellos::refuse_life(const ConnectionId& from, const std::string& life, TimePoint now) {
  parts_.sender.reject(from, parts_.handshake.over(life));
  // What it sent before it hears of that.
  parts_.connections.pass_over(from, PeerConnections::Cause::refused);
  parts_.log.refuse_again(ErrorCode::node_down, life, parts_.handshake.why_over(life), now,
                          parts_.keys.refusal_log_interval());
}

}  // namespace troupe::transport
