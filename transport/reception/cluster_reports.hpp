// ClusterReports: what is found out of the lives of members goes to whoever decides on them,
// instead of ending them here.
#pragma once

#include <span>
#include <string_view>
#include <troupe/transport/cluster_port.hpp>
#include <troupe/transport/peer/remote_peer.hpp>
#include <troupe/transport/transport_settings.hpp>

namespace troupe::transport {

/// I/O thread, but for attach(). What it is made with outlives it.
class ClusterReports {
 public:
  explicit ClusterReports(const TransportSettings& settings) noexcept : settings_(settings) {}

  /// From now on the port decides which members are down; null: nobody. It outlives its place here.
  /// While nothing happens on the links: before the first event, or after the last.
  void attach(ClusterPort* port) noexcept { port_ = port; }

  /// Whether the end of this life is not to be said here.
  [[nodiscard]] bool decides_on(const NodeIdentity& life) const {
    return port_ != nullptr && port_->decides_on(life);
  }
  /// Reports, instead of ending a life that is a member's, and holds off for a heartbeat what would
  /// end it. False, and nothing happens, where it is no member's.
  [[nodiscard]] bool leave(PeerLink& link, const PeerEpoch& life, PeerReport::Kind kind,
                           std::string_view reason, TimePoint now);
  /// A connection of the link's has ended or could not be made; `kind` is `lost` or `refused`. Does
  /// nothing where the session goes on in another way.
  void on_lost(PeerLink& link, PeerReport::Kind kind, std::string_view reason, TimePoint now);
  /// Who is at the link's address will have nothing to do with this node as that is set up.
  void on_mismatch(const PeerLink& link, std::string_view reason, TimePoint now) {
    if (port_ != nullptr) port_->on_mismatch(link.address(), reason, now);
  }
  /// Somebody here has ordered this life down. False, and nothing happens, where it is no member's.
  [[nodiscard]] bool on_ordered_down(const NodeIdentity& life, std::string_view reason,
                                     TimePoint now);
  /// The peer's cluster layer says something to this node's. False where there is none.
  [[nodiscard]] bool on_message(const RemotePeer& peer, std::span<const std::byte> message,
                                TimePoint now);

  /// As the port's.
  void advance(TimePoint now) {
    if (port_ != nullptr) port_->advance(now);
  }
  [[nodiscard]] TimePoint next() const {
    return port_ != nullptr ? port_->next_deadline() : TimePoint::max();
  }

 private:
  const TransportSettings& settings_;
  ClusterPort* port_ = nullptr;
};

}  // namespace troupe::transport
