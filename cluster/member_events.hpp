// Member events: what becomes of the members of this node's cluster, on the event stream of each
// member. They follow from two successive views, and come after the later one can be seen.
//
//   node.events().subscribe<troupe::MemberDown>(monitor);     // its Protocol has MemberDown
//
// Events may be missed, as by who subscribes late; Cluster::subscribe() misses nothing.
#pragma once

#include <cstdint>
#include <troupe/transport/node_identity.hpp>

namespace troupe {

/// It is a full member from now on.
struct MemberUp {
  static constexpr bool local_message = true;
  transport::NodeIdentity member;
  std::uint64_t view_version = 0;  ///< Of the first view that shows it; so in all of these.
};

/// More than half of those of its watchers that this node reaches do not hear it. That may heal.
struct MemberUnreachable {
  static constexpr bool local_message = true;
  transport::NodeIdentity member;
  std::uint64_t view_version = 0;
};

/// It was unreachable, and is not any more.
struct MemberReachable {
  static constexpr bool local_message = true;
  transport::NodeIdentity member;
  std::uint64_t view_version = 0;
};

/// It has begun to leave.
struct MemberLeaving {
  static constexpr bool local_message = true;
  transport::NodeIdentity member;
  std::uint64_t view_version = 0;
};

/// Its life is over, for good: watchers of its actors hear `node_down` after this view.
struct MemberDown {
  static constexpr bool local_message = true;
  transport::NodeIdentity member;
  std::uint64_t view_version = 0;
};

/// It is no member any more, and has ceased to own anything, even if it still runs.
struct MemberRemoved {
  static constexpr bool local_message = true;
  transport::NodeIdentity member;
  bool has_left = false;  ///< By itself; else it was down.
  std::uint64_t view_version = 0;
};

}  // namespace troupe
