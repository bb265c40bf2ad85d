#include <troupe/transport/reception/cluster_reports.hpp>

#include <troupe/transport/peer/link_lives.hpp>

namespace troupe::transport {

bool ClusterReports::leave(PeerLink& link, const PeerEpoch& life, PeerReport::Kind kind,
                           std::string_view reason, TimePoint now) {
  if (port_ == nullptr || !life.is_any()) return false;
  const PeerReport report{kind, {link.address(), life.incarnation}, reason};
  if (!port_->decides_on(report.life)) return false;
  link.drive.left_to_cluster_until = later(now, settings_.heartbeat_interval);
  port_->on_report(report, now);
  return true;
}

void ClusterReports::on_lost(PeerLink& link, PeerReport::Kind kind, std::string_view reason,
                             TimePoint now) {
  if (port_ == nullptr || !is_unreachable(link.state())) return;
  const PeerEpoch life = life_of(link);
  const PeerReport report{kind, {link.address(), life.incarnation}, reason};
  if (life.is_any() && port_->decides_on(report.life)) port_->on_report(report, now);
}

bool ClusterReports::on_ordered_down(const NodeIdentity& life, std::string_view reason,
                                     TimePoint now) {
  if (!decides_on(life)) return false;
  port_->on_report({PeerReport::Kind::ordered_down, life, reason}, now);
  return true;
}

bool ClusterReports::on_message(const RemotePeer& peer, std::span<const std::byte> message,
                                TimePoint now) {
  if (port_ == nullptr) return false;
  port_->on_message(peer.identity(), message, now);
  return true;
}

}  // namespace troupe::transport
