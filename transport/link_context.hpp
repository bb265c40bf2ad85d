// LinkContext: what all links of a node share.
#pragma once

#include <atomic>
#include <mutex>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/transport/carrier.hpp>
#include <troupe/transport/pending_asks.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <troupe/wire/ref_port.hpp>
#include <utility>
#include <vector>

namespace troupe::transport {

class PeerLink;

/// The links that the I/O thread has to look at. Any thread; each link enters itself once.
class ReadyLinks {
 public:
  explicit ReadyLinks(Carrier& carrier) noexcept : carrier_(carrier) {}

  void add(PeerLink& link) {
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      is_first = links_.empty();
      links_.push_back(&link);
    }
    if (is_first) carrier_.wake();
  }

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

/// Ends with its transport.
struct LinkContext {
  runtime::SystemCore& core;
  const TransportSettings& settings;
  PendingAsks& pending;
  wire::RefPort& refs;
  ReadyLinks ready;
  /// The last session of any link's. Two links can lead to one node, for which the higher number is
  /// the later.
  std::atomic<std::uint64_t> sessions{0};
};

}  // namespace troupe::transport
