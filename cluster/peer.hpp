// Peer: what a node keeps of another member that it exchanges news with: how far each has seen the
// other's changes, and, if it watches the other, how its silence is judged.
//
//   state \ event   silent     probes failed   reached by another   pong      refuted
//   hearing         probing    .               .                    .         .
//   probing         .          accusing (1)    bridged              hearing   .
//   waiting         .          .               .                    hearing   .
//   bridged         probing(2) .               .                    hearing   .
//   accusing        .          .               .                    hearing   probing
//
// (1) A node that is not healthy itself is `waiting` first: for another accuser, or the longest
// suspicion. (2) After two heartbeats.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <troupe/base/clock.hpp>

namespace troupe::cluster {

enum class WatchState : std::uint8_t { hearing, probing, waiting, bridged, accusing };

/// How regularly beats come: a mean and a deviation that follow the last sixteen or so.
class BeatRhythm {
 public:
  void beat(Duration pause, Duration expected) noexcept {
    const auto sample = static_cast<double>(std::clamp<Duration>(pause, {}, 4 * expected).count());
    if (mean_ == 0) mean_ = static_cast<double>(expected.count());
    const double off = sample - mean_;
    mean_ += off / 16;
    deviation_ += (std::abs(off) * 1.25 - deviation_) / 16;
  }

  /// How much longer than `least` a silence has to be, for one that beats like this.
  [[nodiscard]] Duration allowance(Duration expected, Duration deviation_min) const noexcept {
    const double late = std::max(0.0, mean_ - static_cast<double>(expected.count()));
    const double wide = std::max(0.0, deviation_ - static_cast<double>(deviation_min.count()));
    return Duration(static_cast<Duration::rep>(late + 5.612 * wide));
  }

 private:
  double mean_ = 0;
  double deviation_ = 0;
};

struct Peer {
  bool is_watched = false;   ///< By this node.
  bool is_watching = false;  ///< This node.

  std::uint64_t acked = 0;    ///< It has seen the changes of this node's table up to here.
  std::uint64_t vouched = 0;  ///< By what others say, it knows the records up to here.
  std::uint64_t sent = 0;     ///< It was sent them up to here.
  std::uint64_t held = 0;     ///< This node has seen its changes up to here.
  std::uint64_t same = 0;     ///< It had the records and observations of this version as well.
  bool is_owed_echo = false;
  TimePoint differs_since = TimePoint::max();

  WatchState state = WatchState::hearing;
  TimePoint last_heard;
  TimePoint deadline = TimePoint::max();
  BeatRhythm rhythm;
  bool is_refused = false;
  bool is_heard_since_pause = true;
  std::uint64_t probe = 0;
  bool is_bridged = false;  ///< Another watcher has reached it in this probe.
};

}  // namespace troupe::cluster
