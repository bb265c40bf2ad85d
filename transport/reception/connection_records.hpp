// What the transport keeps of connections, and of hellos that have come on them. I/O thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/node_identity.hpp>

namespace troupe::transport {

class PeerLink;
class RemotePeer;

/// A connection of another node's.
struct Guest {
  RemotePeer* peer;
  Lane lane;
};

/// A hello that may be answered.
struct JudgedHello {
  NodeIdentity life;    ///< Who says it.
  std::uint64_t epoch;  ///< In which it is with this node, or waits for.
  bool begins;          ///< A session; else it is only told who is here.
};

/// A connection of a peer's that has ended, to be told of then if it should not have.
struct EndedConnection {
  ConnectionId connection;
  std::string peer;
  Lane lane;
  std::string_view reason;
  TimePoint at;
};

}  // namespace troupe::transport
