// ViewChanges: what has become of the members between two successive views of one node. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <troupe/cluster/member_record.hpp>
#include <troupe/cluster/view.hpp>
#include <vector>

namespace troupe::cluster {

struct ViewChange {
  enum class Kind : std::uint8_t { up, unreachable, reachable, leaving, down, removed };
  Kind kind = Kind::up;
  Identity member;
  Cause cause = Cause::down;  ///< Of the removed: how they went.

  friend bool operator==(const ViewChange&, const ViewChange&) = default;
};

/// Of each member in the order of its life: who was up and is removed was down, or leaving, before.
/// `end_of` says how a member ended that is in `after` no more; nothing where it did not end, as
/// when the cluster was dissolved.
[[nodiscard]] std::vector<ViewChange> changes_between(
    const View& before, const View& after,
    const std::function<std::optional<Cause>(const Identity&)>& end_of);

}  // namespace troupe::cluster
