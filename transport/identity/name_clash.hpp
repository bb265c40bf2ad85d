// NameClash: a life of a node is connected, and another process says hello by the same name and
// address: the node's next life, after a crash of which nobody has heard yet, or a second process
// that was given the first one's name. Pure, with time as an argument.
//
//   state \ event   hello of another   answered        lost       gone    time over
//   quiet           waiting            .               .          .       .
//   waiting         waiting            quiet: refuse   time over  quiet   quiet: refuse, in
//                                                                         silence admit
//
// The one that is connected is sent a heartbeat, where this node has a session with it. If it
// answers that one or a later one, it lives and goes on, and the newcomer is refused; so it is if
// the connected one says anything of its own accord meanwhile, as it may be the only one of the two
// that has dialled. If its connections end, or it says nothing for two heartbeats, the newcomer is
// its next life. One newcomer waits at a time, and no longer than the connection of its hello lasts
// (gone): who waits no more is nobody's next life.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <troupe/base/clock.hpp>

namespace troupe::transport {

/// A connected life that says nothing for so long may be gone: two heartbeats.
[[nodiscard]] constexpr Duration clash_silence(Duration heartbeat_interval) noexcept {
  return times(2, heartbeat_interval);
}

/// How long the newcomer waits at most for an answer of the connected one's: as long, and no longer
/// than leaves it the time to be welcomed within its own time for the handshake.
[[nodiscard]] constexpr Duration clash_patience(Duration heartbeat_interval,
                                                Duration handshake_timeout) noexcept {
  return std::min(clash_silence(heartbeat_interval), handshake_timeout / 2);
}

/// What is to be done about it, behind what was wrong.
inline constexpr std::string_view name_clash_advice =
    ": give each node a name and an address of its own";

/// Which process it is, for people.
[[nodiscard]] constexpr std::string_view shown_process(std::string_view process) noexcept {
  return process.empty() ? "a process that does not say which" : process;
}

class NameClash {
 public:
  enum class Verdict : std::uint8_t { none, admit, refuse };

  /// This life has said hello, and waits now or goes on to wait; `heartbeat` is the number of the
  /// first one that the connected life will be sent from now on. What comes from that at the begin
  /// of the `patience` was under way. False while another waits.
  [[nodiscard]] bool claim(std::uint64_t newcomer, std::uint64_t heartbeat, TimePoint now,
                           Duration patience) noexcept {
    if (newcomer_ != 0) return newcomer_ == newcomer;
    newcomer_ = newcomer;
    heartbeat_ = heartbeat;
    lives_from_ = later(now, patience / under_way_share);
    until_ = later(now, patience);
    return true;
  }

  /// The connected life has answered the heartbeat of this number. After a verdict nobody waits
  /// any more.
  [[nodiscard]] Verdict answered(std::uint64_t heartbeat) noexcept {
    if (newcomer_ == 0 || heartbeat < heartbeat_) return Verdict::none;
    newcomer_ = 0;
    return Verdict::refuse;
  }
  /// Its connections have ended: whoever waits is admitted now.
  void lost() noexcept { until_ = TimePoint::min(); }
  /// The connection on which it had come has ended: nobody waits any more.
  void withdraw() noexcept { newcomer_ = 0; }
  /// `heard_at`: when the connected life said something last.
  [[nodiscard]] Verdict at(TimePoint now, TimePoint heard_at) noexcept {
    if (newcomer_ == 0 || now < until_) return Verdict::none;
    newcomer_ = 0;
    const bool lives = until_ != TimePoint::min() && heard_at >= lives_from_;
    return lives ? Verdict::refuse : Verdict::admit;
  }

  /// This node was paused for so long, and could hear nobody.
  void discount(Duration pause) noexcept {
    if (newcomer_ == 0 || until_ == TimePoint::min()) return;  // Or it is to be admitted anyway.
    lives_from_ = later(lives_from_, pause);
    until_ = later(until_, pause);
  }

  /// Who waits; 0 for nobody.
  [[nodiscard]] std::uint64_t newcomer() const noexcept { return newcomer_; }
  /// When it has waited for long enough; TimePoint::max() where nobody waits.
  [[nodiscard]] TimePoint until() const noexcept {
    return newcomer_ != 0 ? until_ : TimePoint::max();
  }

 private:
  /// Such a part of the patience is for what the connected life had sent before.
  static constexpr int under_way_share = 4;

  std::uint64_t newcomer_ = 0;
  std::uint64_t heartbeat_ = 0;
  TimePoint lives_from_ = TimePoint::max();
  TimePoint until_ = TimePoint::max();
};

}  // namespace troupe::transport
