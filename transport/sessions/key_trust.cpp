#include <troupe/transport/sessions/key_trust.hpp>

#include <troupe/base/check.hpp>

namespace troupe::transport {

void KeyTrust::follow(std::span<PeerLink* const> links, TimePoint now) {
  if (!parts_.keys.is_on() || version_ == parts_.keys.version()) return;
  version_ = parts_.keys.version();
  for (PeerLink* const link : links) {
    const LinkDrive& drive = link->drive;
    if (drive.dialled[index_of(Lane::control)] &&
        !parts_.keys.may_speak_for(link->address().name, drive.server_key)) {
      parts_.tries.end(*link);
      parts_.dialling.on_lost(*link, "its key is not trusted any more", now);
    }
  }
}

void KeyTrust::on_distrusted(const ConnectionId& from, std::string_view key, TimePoint now) {
  const PeerConnections::Connection* const known = parts_.connections.find(from);
  TROUPE_CHECK(known != nullptr, "only the frames of peers' connections have a key to be trusted");
  const PeerConnections::Connection inbound = *known;
  parts_.connections.dismiss(from, PeerConnections::Cause::refused);
  inbound.peer->incoming.connections[index_of(inbound.lane)].clear();
  parts_.sender.reject(
      from, Error(ErrorCode::refused, "the key " + std::string(key) + " is not trusted any more"));
  refuse("what " + inbound.peer->name() + " sent", "its key is not trusted any more", now);
  // The answers to what was asked of it may have been in there.
  PeerLink& link = inbound.peer->link();
  parts_.tries.end(link);
  parts_.dialling.on_lost(link, "its key is not trusted any more", now);
}

void KeyTrust::refuse(std::string_view who, std::string_view reason, TimePoint now) {
  parts_.log.refuse_again(ErrorCode::refused, who, reason, now, parts_.keys.refusal_log_interval());
}

}  // namespace troupe::transport
