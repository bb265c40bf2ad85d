// NetworkEvent: what happened to one connection of a simulated network, for tests that compare runs
// and for people who look into one.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/transport/frame/lane.hpp>

namespace troupe::testkit {

struct NetworkEvent {
  enum class Kind : std::uint8_t {
    dialled,   ///< A connection was asked for.
    refused,   ///< Nobody listens there.
    arrived,   ///< A frame.
    repeated,  ///< A frame, once more.
    lost,      ///< A frame.
    ended,     ///< One side has heard that the other one ended the connection, or that it broke.
  };

  TimePoint at;
  std::uint64_t connection = 0;  ///< In the order in which they were dialled, from 1.
  transport::Lane lane = transport::Lane::control;
  std::string from;  ///< The nodes' names.
  std::string to;
  Kind kind = Kind::dialled;

  friend bool operator==(const NetworkEvent&, const NetworkEvent&) = default;
  /// "3600.001000 s: red > blue, connection 1 (control): arrived", as a failed test shows it.
  friend std::ostream& operator<<(std::ostream& stream, const NetworkEvent& event);
};

}  // namespace troupe::testkit
