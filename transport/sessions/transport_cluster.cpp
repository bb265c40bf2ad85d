// Transport's side of a cluster: messages of the port's to other nodes, and what is left to it.
#include <troupe/transport/transport.hpp>
#include <utility>

namespace troupe::transport {

void Transport::send_to_cluster(const NodeAddress& to, std::span<const std::byte> message) {
  const auto link =
      is_condemned_ || !takes_connections(to) ? Error(ErrorCode::shutdown, "") : table_.link(to);
  if (!link.ok()) return cluster_mail_dropped_.add();
  PeerLink& there = **link;
  if (there.drive.cluster.empty()) with_cluster_mail_.push_back(&there);
  cluster_mail_dropped_.add(there.drive.cluster.push(message));
  there.require_connection();
}

/// What waits for a connection is sent once there is one.
void Transport::send_cluster_mail(TimePoint now) {
  for (PeerLink* const link : std::exchange(with_cluster_mail_, {})) mail_.send(*link, now);
  if (!std::exchange(closes_soon_, false)) return;
  say_goodbye();
  static_cast<void>(close());
}

void Transport::end_member(const NodeIdentity& life, std::string_view reason, bool has_left) {
  using Cause = EndedLives::Cause;
  order_down({life, std::string(reason), has_left ? Cause::left : Cause::declared_down});
}

bool Transport::is_of_cluster(const NodeIdentity& life) const {
  return port_ != nullptr && port_->decides_on(life);
}

/// Reports, instead of ending a life that is a member's. False where it is not.
bool Transport::leave_to_cluster(PeerLink& link, const PeerEpoch& life, PeerReport report,
                                 TimePoint now) {
  if (port_ == nullptr || !life.is_any()) return false;
  report.life = {link.address(), life.incarnation};
  if (!port_->decides_on(report.life)) return false;
  link.drive.left_to_cluster_until = later(now, settings_.heartbeat_interval);
  port_->on_report(report, now);
  return true;
}

/// A connection has ended, or could not be made. One that goes on in reverse is none of these.
void Transport::report_loss(PeerLink& link, bool was_trying, std::string_view reason,
                            TimePoint now) {
  if (port_ == nullptr || !is_unreachable(link.state())) return;
  const PeerEpoch life = life_of(link);
  PeerReport report{PeerReport::Kind::lost, {link.address(), life.incarnation}, reason};
  if (!life.is_any() || !port_->decides_on(report.life)) return;
  if (was_trying) report.kind = PeerReport::Kind::refused;
  port_->on_report(report, now);
}

bool Transport::on_cluster_message(const RemotePeer& peer, std::span<const std::byte> message,
                                   TimePoint now) {
  if (port_ == nullptr) return false;
  port_->on_message(peer.identity(), message, now);
  return true;
}

}  // namespace troupe::transport
