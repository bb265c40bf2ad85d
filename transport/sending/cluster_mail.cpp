#include <troupe/transport/sending/cluster_mail.hpp>

namespace troupe::transport {

void ClusterMail::push(const NodeAddress& to, std::span<const std::byte> message) {
  if (is_stopped_ || !takes_connections(to)) return dropped_.add();
  const auto link = table_.link(to);
  if (!link.ok()) return dropped_.add();
  push(**link, message);
  (*link)->require_connection();
}

void ClusterMail::push(PeerLink& there, std::span<const std::byte> message) {
  ++there.drive.cluster_messages;
  if (there.drive.cluster.empty()) links_.push_back(&there);
  dropped_.add(there.drive.cluster.push(message));
}

void ClusterMail::move(PeerLink& alias, PeerLink& real) {
  for (const auto& message : alias.drive.cluster.take_all()) push(real, message);
  clear(alias);
}

}  // namespace troupe::transport
