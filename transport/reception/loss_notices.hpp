// LossNotices: what those here hear who depended on a life of another node that is over. Parents
// hear at once, as they decide what becomes of their children; watchers wait in a queue, so that a
// loss with many of them delays nothing else.
#pragma once

#include <deque>
#include <troupe/actor/death_watch.hpp>
#include <troupe/transport/link/peer_link.hpp>

namespace troupe::transport {

/// I/O thread.
class LossNotices {
 public:
  /// Notices that one deliver() hands over.
  static constexpr std::size_t delivered_max = 1'000;

  /// The parents among them are told now, the watchers by deliver().
  void add(const Dependents& dependents, StopReason reason);
  /// Hands over some of those that wait, oldest first.
  void deliver();
  [[nodiscard]] bool is_empty() const noexcept { return notices_.empty(); }
  /// Nobody is to hear of what waits.
  void clear() noexcept { notices_.clear(); }

 private:
  struct Notice {
    Watch watch;
    StopReason reason;
  };

  std::deque<Notice> notices_;
};

}  // namespace troupe::transport
