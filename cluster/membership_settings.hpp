// MembershipSettings: what a node's owner says of its part in a cluster. A value.
#pragma once

#include <cstddef>
#include <troupe/base/clock.hpp>
#include <troupe/cluster/formation.hpp>
#include <troupe/cluster/member_record.hpp>
#include <troupe/cluster/member_table.hpp>
#include <troupe/cluster/membership_times.hpp>
#include <troupe/cluster/split_brain.hpp>

namespace troupe::cluster {

struct MembershipSettings {
  FormationSettings formation;
  DetectionSettings detection;
  SplitBrainSettings split_brain;
  MemberMeta meta;
  MemberTableLimits limits;

  /// An authority outside holds the table of the members: see table/table_authority.hpp. Then there
  /// are no seeds, and gossip carries who hears whom, and nobody's rank.
  bool by_table = false;

  /// A cluster owns nothing before a majority of the listed seeds has been up in it for so long.
  /// Longer than a member takes to find another cluster of its name at an unseen seed.
  Duration settle_after = std::chrono::seconds(5);
  /// Pause between two looks of a member at a seed that is in nobody's view.
  Duration seed_look_every = std::chrono::seconds(2);
  /// Whoever leaves is gone by then, handed over or not.
  Duration leave_timeout = std::chrono::seconds(10);
  /// The longest that it tells the others so after that; two heartbeats are enough.
  Duration farewell_timeout = Duration::max();
  /// One node lets in so many a second, and tells others to come back later.
  std::size_t admissions_per_second_max = 50;

  /// For nodes on one machine or one desk: five to ten times as fast.
  [[nodiscard]] static MembershipSettings local() {
    MembershipSettings settings;
    settings.detection = DetectionSettings::local();
    settings.formation.form_after = std::chrono::milliseconds(500);
    settings.settle_after = std::chrono::milliseconds(500);
    settings.seed_look_every = std::chrono::milliseconds(200);
    settings.leave_timeout = std::chrono::seconds(2);
    return settings;
  }
};

}  // namespace troupe::cluster
