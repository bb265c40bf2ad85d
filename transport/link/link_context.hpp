// LinkContext: what all links of a node share.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/identity/ended_lives.hpp>
#include <troupe/transport/identity/pair_epochs.hpp>
#include <troupe/transport/outgoing/pending_asks.hpp>
#include <troupe/transport/transport_counts.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <troupe/wire/ref_port.hpp>
#include <utility>
#include <vector>

namespace troupe::transport {

class PeerLink;
class PeerTarget;

/// The links that the I/O thread has to look at. Any thread; each link enters itself once.
class ReadyLinks {
 public:
  explicit ReadyLinks(Carrier& carrier) noexcept : carrier_(carrier) {}

  void add(PeerLink& link) {
    const std::lock_guard lock(mutex_);
    links_.push_back(&link);
  }

  /// Has them looked at soon: by this thread where it flushes what it sends, or by another.
  void wake() noexcept { carrier_.wake(); }

  /// Takes them all. I/O thread.
  void take(std::vector<PeerLink*>& links) {
    links.clear();
    const std::lock_guard lock(mutex_);
    std::swap(links, links_);
  }

 private:
  Carrier& carrier_;
  std::mutex mutex_;
  std::vector<PeerLink*> links_;
};

/// The peers for whose messages actors here have room again. Any thread.
class PeersWithRoom {
 public:
  void add(PeerTarget& peer) {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(peers_, &peer) != peers_.end()) return;
    peers_.push_back(&peer);
    any_.store(true, std::memory_order_release);
  }
  /// Takes them all. I/O thread.
  void take(std::vector<PeerTarget*>& peers) {
    peers.clear();
    if (!any_.load(std::memory_order_acquire)) return;
    const std::lock_guard lock(mutex_);
    any_.store(false, std::memory_order_relaxed);
    std::swap(peers, peers_);
  }

 private:
  std::atomic<bool> any_{false};
  std::mutex mutex_;
  std::vector<PeerTarget*> peers_;
};

/// Ends with its transport.
struct LinkContext {
  runtime::LocalActors actors;
  const TransportSettings& settings;
  PendingAsks& pending;
  wire::RefPort& refs;
  EndedLives& ended;
  PairEpochs& epochs;
  ReadyLinks ready;
  PeersWithRoom with_room;
  /// The last session of any link's. Two links can lead to one node, for which the higher number is
  /// the later.
  std::atomic<std::uint64_t> sessions{0};
  Tally system_refused{};  // See TransportCounts.
};

}  // namespace troupe::transport
