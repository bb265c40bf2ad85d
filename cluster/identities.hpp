// Identities: between that of the core, which compares and hashes them, and that of the transport,
// which dials them. The text of the address is the same in both.
#pragma once

#include <troupe/cluster/identity.hpp>
#include <troupe/transport/node_identity.hpp>
#include <utility>

namespace troupe::cluster {

[[nodiscard]] inline Identity identity(const transport::NodeIdentity& node) {
  return {node.address.to_string(), node.incarnation};
}

/// An address that is none, as another node may have said it, becomes a name at no host.
[[nodiscard]] inline transport::NodeIdentity node_identity(const Identity& identity) {
  auto address = NodeAddress::parse(identity.address);
  if (!address.ok()) return {NodeAddress{identity.address, {}, 0}, identity.incarnation};
  return {*std::move(address), identity.incarnation};
}

}  // namespace troupe::cluster
