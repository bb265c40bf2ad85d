// SessionEvents: what of a peer's session is decided elsewhere than where its frames are read.
#pragma once

#include <string>
#include <string_view>
#include <troupe/transport/peer/remote_peer.hpp>

namespace troupe::transport {

/// I/O thread.
class SessionEvents {
 public:
  SessionEvents() = default;
  SessionEvents(const SessionEvents&) = delete;
  SessionEvents& operator=(const SessionEvents&) = delete;

  /// The peer says which of its actors are to be held.
  virtual void on_holds(PeerLink& link, const Holds& holds, TimePoint now) = 0;
  /// The peer says that it stops, on the connection that it has dialled. It may be forgotten then.
  virtual void on_farewell(RemotePeer& peer, std::string_view text) = 0;
  /// The peer has refused another process that has this node's name and address.
  virtual void on_namesake(const RemotePeer& peer, std::string_view process, TimePoint now) = 0;
  /// The peer's cluster layer says something to this node's. False where there is none.
  [[nodiscard]] virtual bool on_cluster_message(const RemotePeer& peer,
                                                std::span<const std::byte> message,
                                                TimePoint now) = 0;
  /// What the peer says of its session cannot be: nothing more of it is to be believed, and the
  /// peer has to begin another.
  virtual void on_impossible(RemotePeer& peer, const std::string& what, TimePoint now) = 0;

 protected:
  ~SessionEvents() = default;
};

/// Tells of a number that no message can have, or wait for.
void tell_of_impossible(SessionEvents& events, RemotePeer& peer, Lane lane, std::uint64_t number,
                        TimePoint now);

/// Whether a message can have this number, or wait for it: not more than `ahead_max` past the next
/// one. Where it cannot, the session ends.
[[nodiscard]] inline bool believes(SessionEvents& events, RemotePeer& peer, Lane lane,
                                   std::uint64_t number, TimePoint now, std::uint64_t ahead_max) {
  if (peer.incoming.lanes.can_come(lane, number, ahead_max)) [[likely]]
    return true;
  tell_of_impossible(events, peer, lane, number, now);
  return false;
}

}  // namespace troupe::transport
