#include <troupe/transport/sending/cluster_mail.hpp>

namespace troupe::transport {

void ClusterMail::push(const NodeAddress& to, std::span<const std::byte> message) {
  if (is_stopped_ || !takes_connections(to)) return dropped_.add();
  const auto link = table_.link(to);
  if (!link.ok()) return dropped_.add();
  PeerLink& there = **link;
  if (there.drive.cluster.empty()) links_.push_back(&there);
  dropped_.add(there.drive.cluster.push(message));
  there.require_connection();
}

}  // namespace troupe::transport
