#include <troupe/transport/reception/session_events.hpp>

namespace troupe::transport {

void tell_of_impossible(SessionEvents& events, RemotePeer& peer, Lane lane, std::uint64_t number,
                        TimePoint now) {
  const std::uint64_t next = peer.incoming.lanes.positions().on(lane);
  events.on_impossible(peer,
                       "number " + std::to_string(number) + " on the " +
                           std::string(to_string(lane)) + " lane, where message " +
                           std::to_string(next) + " is the next",
                       now);
}

}  // namespace troupe::transport
