// ConnectionEnds: connections of others that have ended, or that this node has ended: what is
// counted and said of them. What a peer said last, its farewell maybe, may come later than the end
// of its connection, so that is checked a little later.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <troupe/transport/log/link_log.hpp>
#include <troupe/transport/peer/remote_peer.hpp>
#include <troupe/transport/reception/peer_connections.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
class ConnectionEnds {
 public:
  ConnectionEnds(const TransportSettings& settings, const PeerConnections& connections,
                 LinkLog& log)
      : settings_(settings), connections_(connections), log_(log) {}

  /// A connection of another's has ended, whatever it was.
  void on_ended() noexcept { ended_.add(); }
  /// It was one on which a peer has a session. `reason`: what is known of the cause, which lives as
  /// long as the process; empty where it was told before.
  void on_ended(const ConnectionId& connection, const PeerConnections::Connection& was,
                std::string_view reason, const Clock& clock);
  /// It had never said a valid hello. `reason`: what may have ended it, where nobody was told.
  void on_unproven_ended(std::string_view reason, TimePoint now);
  /// So many connections of others were ended, or not accepted, by this node.
  void on_hung_up(std::size_t count, std::string_view reason, TimePoint now);
  /// One that was dialled for this link was ended by this node.
  void on_hung_up(const PeerLink& link, std::string_view reason, TimePoint now);

  /// Tells of those that have had their time, and should not have ended.
  void judge(TimePoint now);
  /// When the next one has had its time.
  [[nodiscard]] TimePoint next() const {
    return waiting_.empty() ? TimePoint::max() : waiting_.front().at;
  }
  /// This node was paused for so long: all have as much more time.
  void discount(Duration pause);

  /// Adds its own. Any thread.
  void count(TransportCounts& counts) const;

 private:
  struct Ended {
    ConnectionId connection;
    std::string peer;
    Lane lane;
    std::string_view reason;
    TimePoint at;
  };

  [[nodiscard]] bool was_in_use(const ConnectionId& connection) const;

  const TransportSettings& settings_;
  const PeerConnections& connections_;
  LinkLog& log_;
  std::deque<Ended> waiting_;  // In the order of their times.
  Tally ended_;
  Tally broken_;
  Tally unproven_;
  Tally hung_up_;
};

}  // namespace troupe::transport
