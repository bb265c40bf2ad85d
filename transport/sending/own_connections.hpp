// OwnConnections: this node's connections on which the node at their other end has a session, in
// reverse. Each has a name, as the carrier names those that others have made, so that what comes on
// it is received as from anywhere else.
#pragma once

#include <string>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/link/peer_link.hpp>
#include <unordered_map>

namespace troupe::transport {

/// I/O thread.
class OwnConnections {
 public:
  struct Connection {
    PeerLink* link;
    Lane lane;
  };

  /// Null for one that another node has made, or that has no name.
  [[nodiscard]] const Connection* find(const ConnectionId& name) const {
    const auto known = connections_.find(name);
    return known != connections_.end() ? &known->second : nullptr;
  }
  [[nodiscard]] bool contains(const ConnectionId& name) const {
    return connections_.contains(name);
  }

  /// The name of the link's connection for this lane, which it may be given now. It holds until
  /// forget().
  const ConnectionId& name_of(PeerLink& link, Lane lane) {
    ConnectionId& name = link.drive.own_connections[index_of(lane)];
    if (name.empty()) {
      // None of ZeroMQ's, which are all that is taken from others and have five bytes.
      name = std::string(1, '\0') + link.address().to_string() + "/" +
             std::string(to_string(lane)) + "#" + std::to_string(link.session());
      connections_[name] = {&link, lane};
    }
    return name;
  }
  /// The connection has ended.
  void forget(const ConnectionId& name) { connections_.erase(name); }

 private:
  std::unordered_map<ConnectionId, Connection> connections_;
};

}  // namespace troupe::transport
