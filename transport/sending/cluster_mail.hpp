// ClusterMail: messages of the cluster layer to other nodes, until the control lanes of their links
// take them; see ClusterOutbox for what waits there.
#pragma once

#include <atomic>
#include <span>
#include <troupe/transport/peer/peer_table.hpp>
#include <utility>
#include <vector>

namespace troupe::transport {

/// I/O thread, but for dropped(). What it is made with outlives it.
class ClusterMail {
 public:
  explicit ClusterMail(PeerTable& table) noexcept : table_(table) {}

  /// Puts a message on the link to whoever is at this address, which is dialled if need be. What
  /// has no room there, or no link, is counted; after stop() all is.
  void push(const NodeAddress& to, std::span<const std::byte> message);
  /// Takes out the links that something was put on since the last call.
  [[nodiscard]] std::vector<PeerLink*> take_links() { return std::exchange(links_, {}); }
  /// What waits on the alias goes on its node's own link, behind what waits there.
  void move(PeerLink& alias, PeerLink& real);
  /// What waits on the link goes nowhere.
  void clear(PeerLink& link) { dropped_.add(link.drive.cluster.clear()); }
  void stop() noexcept { is_stopped_ = true; }

  /// Any thread.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.get(); }

 private:
  void push(PeerLink& there, std::span<const std::byte> message);

  PeerTable& table_;
  Tally dropped_;
  std::vector<PeerLink*> links_;
  bool is_stopped_ = false;
};

}  // namespace troupe::transport
