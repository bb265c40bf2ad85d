// MembershipTimes: all times of membership, computed from the settings by one function.
//
//   silence     = heartbeat + pause + 5.612 deviations, and one beat more, as it is looked at with
//                 beats; 5.612 standard deviations are phi 8 (Hayashibara and others, 2004)
//   scale(n)    = 1 + 0.5 log10(max(n, 10) / 10)
//   suspicion   = most - (most - least) log(c + 1) / log(k + 1), c of k other watchers confirming
//                 (Dadgar, Phillips, Currey, "Lifeguard", 2017, section IV-B)
//   crash       acted upon after redial + indirect probe + least suspicion + stable
//   silence     acted upon after silence + indirect probe + least suspicion + stable
//   lease       = 8 heartbeats, renewed each half of one; ownership moves after down + lease +
//                 margin, and the margin is that of the take-over and a twentieth of the lease
#pragma once

#include <cstddef>
#include <troupe/base/clock.hpp>

namespace troupe::cluster {

struct DetectionSettings {
  /// Pause between two pings of a watcher. Lower detects sooner; each costs an answer. At least 1
  /// ms.
  Duration heartbeat = std::chrono::seconds(1);
  /// A silence that is nobody's fault: a busy core, a snapshot of the machine.
  Duration acceptable_pause = std::chrono::milliseconds(1'500);
  /// Pauses between beats count as deviating by at least this.
  Duration deviation_min = std::chrono::milliseconds(200);
  /// How long other watchers of a silent member have to reach it.
  Duration indirect_probe = std::chrono::milliseconds(500);
  /// How long a member has to refute an accusation that all confirm; four times that if nobody
  /// does.
  Duration suspicion_min = std::chrono::seconds(1);
  /// How long the unreachable have to be the same ones before anything is decided.
  Duration stable_after = std::chrono::seconds(3);

  /// For nodes on one machine or one desk.
  [[nodiscard]] static DetectionSettings local() noexcept;
};

struct MembershipTimes {
  double scale = 1;
  Duration heartbeat;
  Duration silence_min;  ///< Nobody is taken for silent sooner, counted from its last beat.
  Duration silence_max;  ///< Whoever beats regularly and stops is taken for silent by then.
  Duration redial;       ///< An ended connection is dialled again, and refused, within this.
  Duration indirect_probe;
  Duration suspicion_min;
  Duration suspicion_max;
  Duration stable;        ///< What is unreachable has been so, unchanged, for this long.
  Duration unstable_max;  ///< Decided upon even if it still changes.
  Duration crash_acted_upon;
  Duration silence_acted_upon;
  Duration pause_tolerated;  ///< A pause that is shorter ends nobody.
  Duration takeover_margin;  ///< From down to removed: until then the other has seen it, too.
  Duration gather;           ///< News that come within it travel together.
  Duration echo_max;         ///< Waited for everybody's echo, where waiting is no duty.

  // Where the table of the members lies outside.
  Duration renewal;        ///< Pause between two renewals of a lease, which bring news as well.
  Duration lease;          ///< Ownership ends so long after the last renewal was sent.
  Duration table_timeout;  ///< Of one request.
  Duration lease_margin;   ///< Clocks may drift by so much in a lease, and more.
  Duration last_word;      ///< The minority asks for the others' end so much later than they do.
};

/// What follows from `settings` in a cluster of `members`. Any thread.
[[nodiscard]] MembershipTimes membership_times(const DetectionSettings& settings,
                                               std::size_t members) noexcept;

/// How long an accusation has to stand that `confirming` of `others` other watchers share.
[[nodiscard]] Duration suspicion_time(const MembershipTimes& times, std::size_t confirming,
                                      std::size_t others) noexcept;

}  // namespace troupe::cluster
