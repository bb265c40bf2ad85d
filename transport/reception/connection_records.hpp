// What the transport keeps of the connections of others. I/O thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/transport/carrier.hpp>

namespace troupe::transport {

/// A connection of a peer's that has ended, to be told of then if it should not have.
struct EndedConnection {
  ConnectionId connection;
  std::string peer;
  Lane lane;
  std::string_view reason;
  TimePoint at;
};

}  // namespace troupe::transport
