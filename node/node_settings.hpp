// NodeSettings: what a node is called, where it is found, and its limits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/system_settings.hpp>
#include <troupe/cluster/cluster_settings.hpp>
#include <troupe/cluster/leave_times.hpp>
#include <troupe/transport/security_settings.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::persistence {
class Storage;
}

namespace troupe {

/// Each has a default, so a node for a test on one machine needs none; see TransportSettings and
/// SystemSettings for the limits and times.
struct NodeSettings {
  /// The name in the node's address and of its actor system: 1 to 255 bytes, printable, without
  /// spaces, '/', '@' and '#', and not beginning with '$'.
  std::string name = "node";

  /// The address to listen on, "host:port". The host is an address of this machine's, an IPv6
  /// address in brackets, "0.0.0.0" or "[::]" for all; port 0 is any that is free. Without keys it
  /// is "localhost", one of 127.0.0.0/8 or "[::1]", unless security.trust_network says otherwise.
  /// Empty: nobody can connect, as is right for a client that dials others and is answered on the
  /// connections that it has made. Its address then is one where nobody is, and another one with
  /// each start; whoever it is connected to reaches its actors all the same, nobody else does.
  std::string listen = "127.0.0.1:0";

  /// "host:port" as others are told to reach this node, where that is not what it listens on:
  /// behind a translation of addresses, or when it listens on all addresses. Port 0, or none, is
  /// the port that was bound. Empty where the node does not listen.
  std::string advertise = {};

  /// Of the actors: worker threads, the shutdown_timeout, and so on.
  SystemSettings system = {};

  /// Where the node's actors with a durable_mailbox() have it, and its persistent actors their
  /// events: see docs/durability.md. The node's alone, and no other's at the same time. None: there
  /// can be none of either.
  std::shared_ptr<persistence::Storage> storage = {};

  /// Of the links. Two nodes talk only where their TransportSettings::cluster is equal.
  TransportSettings transport = {};

  /// The node's keys and those of the nodes that it talks to; without, it talks in the clear to
  /// whoever comes, and listens on the loopback interface only. SecuritySettings::load() reads them
  /// from files.
  SecuritySettings security = {};

  /// The node's part in a cluster, whose members watch each other and decide together who is one:
  /// Node::cluster(). Of members TransportSettings::down_after and its other limits then end none.
  /// None: it is no member, and decides alone which nodes are down.
  std::optional<ClusterSettings> cluster = {};

  /// Names the first setting that is out of its range, and the range; also an address that is none,
  /// and a pair of keys that does not belong together. Node's constructor asks it. Binds nothing,
  /// so a port that is taken is not found. Any thread. Errors: `invalid_setting`.
  [[nodiscard]] Result<void> validate() const;

  /// How system.shutdown_timeout is shared out: what is kept for the links, to send what waits and
  /// in a cluster to say that this node has left, is half of it at most.
  [[nodiscard]] LeaveTimes leave_times() const noexcept;
};

}  // namespace troupe
