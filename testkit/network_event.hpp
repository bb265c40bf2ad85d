// NetworkEvent: what happened to one connection of a simulated network, for tests that compare runs
// and for people who look into one.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/transport/frame/lane.hpp>

namespace troupe::testkit {

/// One thing that happened; SimulatedNetwork::events() lists them in the order in which they did.
/// Two runs of one program with one seed have equal lists: compare these to show that a run is
/// repeatable.
struct NetworkEvent {
  enum class Kind : std::uint8_t {
    dialled,   ///< A connection was asked for; whether there is one is not known yet.
    refused,   ///< Nobody listens there.
    arrived,   ///< A frame, at the end that `to` names.
    repeated,  ///< A frame, once more: see LinkConditions::duplication.
    lost,      ///< A frame, when it was sent: see LinkConditions::loss.
    ended,     ///< One side has heard that the other one ended the connection, or that it broke.
  };

  TimePoint at;                  ///< Of the network's clock, which begins at one hour.
  std::uint64_t connection = 0;  ///< In the order in which they were dialled, from 1.
  transport::Lane lane = transport::Lane::control;
  /// The nodes' names, of the side that has sent and of the one that hears; a place, "host:port",
  /// where no node has ever been there.
  std::string from;
  std::string to;
  Kind kind = Kind::dialled;

  friend bool operator==(const NetworkEvent&, const NetworkEvent&) = default;
  /// "3600.001000 s: red > blue, connection 1 (control): arrived", as a failed test shows it.
  friend std::ostream& operator<<(std::ostream& stream, const NetworkEvent& event);
};

}  // namespace troupe::testkit
