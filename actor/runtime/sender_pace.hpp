// SenderPace: when a thread outside, which sends faster than the workers handle, gives way to them.
//
// The operating system gives each thread the same share of the cores. So several threads that send
// get more of them than the workers that handle; what waits grows out of the caches, and then each
// message costs both sides some times as much. A sender that gives its core up for a moment, where
// workers are far behind, keeps what waits small. It waits for nothing: where nobody else wants the
// core, it goes on at once; and where that helps nobody, because what is in flight belongs to
// actors that cannot go on, it does so ever more rarely.
//
// It only decides. One for each thread; its owner only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <troupe/base/clock.hpp>
#include <troupe/base/spin_budget.hpp>

namespace troupe::runtime {

class SenderPace {
 public:
  /// Messages of this thread between two looks at what is in flight; up to `look_pause_max` where
  /// giving way was in vain.
  static constexpr std::uint32_t look_pause = 256;
  static constexpr std::uint32_t look_pause_max = 65'536;
  /// So many messages of the usual size, which take 64 bytes each, fit well into a core's cache.
  static constexpr std::int64_t in_flight_max = 8'192;

  /// Counts one message. True: look at what is in flight, and ask too_many().
  [[nodiscard]] constexpr bool sent_one() noexcept { return --left_ == 0; }

  /// True: give way, and then say how that went, with gave_way().
  [[nodiscard]] constexpr bool too_many(std::int64_t in_flight) noexcept {
    const bool gives_way = in_flight > in_flight_max;
    if (!gives_way) pause_ = look_pause;
    left_ = pause_;
    return gives_way;
  }

  /// It took `pause`, and `handled` messages were handled meanwhile. Where others have run and none
  /// was, it was in vain.
  constexpr void gave_way(Duration pause, std::int64_t handled) noexcept {
    const bool in_vain = pause > Spin::empty_yield_max && handled <= 0;
    pause_ = in_vain ? std::min(2 * pause_, look_pause_max) : look_pause;
    left_ = pause_;
  }

 private:
  std::uint32_t pause_ = look_pause;
  std::uint32_t left_ = look_pause;
};

}  // namespace troupe::runtime
