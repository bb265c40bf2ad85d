// NameClash: a life of a node is connected, and another process says hello by the same name and
// address: the node's next life, after a crash of which nobody has heard yet, or a second process
// that was given the first one's name. Pure, with time as an argument.
//
//   state \ event   hello of another   answered           lost       time over
//   quiet           waiting            .                  .          .
//   waiting         waiting            quiet: refuse it   time over  quiet: admit it
//
// The one that is connected is sent a heartbeat. If it answers that one or a later one, it lives
// and goes on, and the newcomer is refused. If its connection ends, or it says nothing for two
// heartbeats, the newcomer is its next life. One newcomer waits at a time.
#pragma once

#include <cstdint>
#include <troupe/base/clock.hpp>

namespace troupe::transport {

/// How long the newcomer waits at most: two heartbeats, and no longer than leaves it the time to
/// be welcomed within its own time for the handshake.
[[nodiscard]] constexpr Duration clash_patience(Duration heartbeat_interval,
                                                Duration handshake_timeout) noexcept {
  const Duration half = handshake_timeout / 2;
  return heartbeat_interval < half / 2 ? 2 * heartbeat_interval : half;
}

class NameClash {
 public:
  enum class Verdict : std::uint8_t { none, admit, refuse };

  /// This life has said hello, and waits now or goes on to wait; `heartbeat` is the number of the
  /// first one that the connected life will be sent from now on. False while another waits.
  [[nodiscard]] bool claim(std::uint64_t newcomer, std::uint64_t heartbeat, TimePoint now,
                           Duration patience) noexcept {
    if (newcomer_ != 0) return newcomer_ == newcomer;
    newcomer_ = newcomer;
    heartbeat_ = heartbeat;
    until_ = patience < TimePoint::max() - now ? now + patience : TimePoint::max();
    return true;
  }

  /// The connected life has answered the heartbeat of this number. After a verdict nobody waits
  /// any more.
  [[nodiscard]] Verdict answered(std::uint64_t heartbeat) noexcept {
    if (newcomer_ == 0 || heartbeat < heartbeat_) return Verdict::none;
    newcomer_ = 0;
    return Verdict::refuse;
  }
  /// Its connection has ended: whoever waits is admitted now.
  void lost() noexcept { until_ = TimePoint::min(); }
  [[nodiscard]] Verdict at(TimePoint now) noexcept {
    if (newcomer_ == 0 || now < until_) return Verdict::none;
    newcomer_ = 0;
    return Verdict::admit;
  }

  /// This node was paused for so long, and could hear nobody.
  void forgive(Duration pause) noexcept {
    if (newcomer_ == 0 || until_ == TimePoint::min()) return;  // Or it is to be admitted anyway.
    until_ = pause < TimePoint::max() - until_ ? until_ + pause : until_;
  }

  /// Who waits; 0 for nobody.
  [[nodiscard]] std::uint64_t newcomer() const noexcept { return newcomer_; }
  /// When it is admitted at the latest; TimePoint::max() where nobody waits.
  [[nodiscard]] TimePoint until() const noexcept {
    return newcomer_ != 0 ? until_ : TimePoint::max();
  }

 private:
  std::uint64_t newcomer_ = 0;
  std::uint64_t heartbeat_ = 0;
  TimePoint until_ = TimePoint::max();
};

}  // namespace troupe::transport
