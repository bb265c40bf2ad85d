#include <troupe/transport/sessions/unused_sessions.hpp>

#include <algorithm>

namespace troupe::transport {

void UnusedSessions::look_at(PeerLink& link, TimePoint now) {
  LinkDrive& drive = link.drive;
  const bool is_open = drive.detector.has_value();
  const bool is_first = drive.idle_at == TimePoint::max();
  if (!is_open || (!is_first && now < drive.idle_at)) return;
  const std::uint64_t used = link.use() + drive.cluster_messages;
  const bool is_unused = !is_first && std::exchange(drive.used, used) == used && may_end(link);
  if (!is_unused) {
    drive.used = used;
    drive.has_said_goodbye = false;
    drive.idle_at = later(now, parts_.settings.idle_after);
  } else if (!std::exchange(drive.has_said_goodbye, true)) {
    wire::Writer goodbye;
    begin_frame(goodbye);
    append(goodbye, Rejected{ErrorCode::cancelled, "nobody needs this session any more"});
    static_cast<void>(parts_.sender.send(link, Lane::control, goodbye));
    drive.idle_at = later(now, parts_.settings.heartbeat_interval);
  } else if (link.end_unused_session()) {
    parts_.ends.end_connections(link);
    hung_up_.add();
  }
}

/// Whether it is with a member, and nothing is under way on it, nor on its connections.
bool UnusedSessions::may_end(const PeerLink& link) const {
  const LinkDrive& drive = link.drive;
  if (drive.peer == nullptr || drive.reverse != nullptr || !takes_connections(parts_.self)) {
    return false;
  }
  const auto is_peers = [&](const ConnectionId& name) {
    return !name.empty() && parts_.connections.find(name) != nullptr;
  };
  const auto is_under_way = [](const CutFrame& cut) { return cut.is_under_way(); };
  return drive.control.empty() && drive.cluster.empty() && drive.answers.empty() &&
         std::ranges::none_of(drive.own_connections, is_peers) &&
         std::ranges::none_of(drive.cut, is_under_way) && link.is_unused() &&
         parts_.reports.decides_on(drive.peer->identity());
}

}  // namespace troupe::transport
