// PeerConnections: the connections on which others have sessions with this node, and those that are
// not listened to any more.
#pragma once

#include <string>
#include <troupe/transport/incoming/past_connections.hpp>
#include <unordered_map>
#include <utility>

namespace troupe::transport {

class RemotePeer;

/// I/O thread.
class PeerConnections {
 public:
  using Cause = PastConnections::Cause;

  struct Connection {
    RemotePeer* peer;
    Lane lane;
  };

  /// Null for one on which nobody has a session.
  [[nodiscard]] const Connection* find(const ConnectionId& connection) const {
    const auto known = connections_.find(connection);
    return known != connections_.end() ? &known->second : nullptr;
  }
  [[nodiscard]] const std::unordered_map<ConnectionId, Connection>& all() const noexcept {
    return connections_;
  }

  /// The peer's session has this connection for the lane.
  void add(const ConnectionId& connection, RemotePeer& peer, Lane lane) {
    connections_[connection] = {&peer, lane};
  }
  /// It is no session's any more; frames of it may still come. `life`: see PastConnections.
  void dismiss(const ConnectionId& connection, Cause cause, std::string life = {}) {
    forget(connection);
    pass_over(connection, cause, std::move(life));
  }
  /// Frames of it that are no session's are late, and no stranger's.
  void pass_over(const ConnectionId& connection, Cause cause, std::string life = {}) {
    past_.add(connection, cause, std::move(life));
  }
  /// It has ended, and nothing more comes.
  void forget(const ConnectionId& connection) { connections_.erase(connection); }
  void clear() { connections_.clear(); }

  /// Why it is over; null where it is not known to be.
  [[nodiscard]] const PastConnections::Past* past(const ConnectionId& connection) const {
    return past_.find(connection);
  }

 private:
  std::unordered_map<ConnectionId, Connection> connections_;
  PastConnections past_;
};

}  // namespace troupe::transport
