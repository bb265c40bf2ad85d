// KnownLinks: the links of one node that the I/O thread serves, and the end of one of them. Whether
// a link is needed is decided elsewhere.
#pragma once

#include <troupe/transport/peer/peer_table.hpp>
#include <troupe/transport/sessions/link_timers.hpp>
#include <vector>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class KnownLinks {
 public:
  KnownLinks(const TransportSettings& settings, PeerTable& table, LinkTimers& timers) noexcept
      : settings_(settings), table_(table), timers_(timers) {}

  /// Those that other threads have made since are served from now on, and looked at after
  /// forget_after whether anybody needs them.
  void meet_new(TimePoint now);
  /// The same for a node that ends: nobody looks at them.
  void meet_last() { table_.add_new_links(links_); }

  /// As of the last call of these; the one that was made first is the first.
  [[nodiscard]] const std::vector<PeerLink*>& all() const noexcept { return links_; }

  /// All links that lead to this one, also by others, are links of their own again.
  void detach_parts(PeerLink& link);
  /// Forgets the link, if nobody needs it at this moment. Its parts, which have nothing of their
  /// own, go on without it until they are forgotten themselves.
  [[nodiscard]] bool forget(PeerLink& link);

  /// None is served any more.
  void clear() noexcept { links_.clear(); }

 private:
  const TransportSettings& settings_;
  PeerTable& table_;
  LinkTimers& timers_;
  std::vector<PeerLink*> links_;
};

}  // namespace troupe::transport
