#include <troupe/cluster/port/view_changes.hpp>

namespace troupe::cluster {
namespace {

using Kind = ViewChange::Kind;

/// What a member was before it was known.
const Member& nobody() {
  static const Member joining;
  return joining;
}

void compare(const Member& before, const Member& after, std::vector<ViewChange>& changes) {
  const Rank rank = after.record.rank;
  const Cause cause = after.record.cause;
  const bool is_unreachable = after.is_unreachable;
  const Rank was = before.record.rank;
  const auto add = [&](Kind kind) { changes.push_back({kind, after.record.identity, cause}); };
  const bool has_passed_up =
      rank == Rank::up || (after.record.up_number != 0 && was == Rank::joining);
  if (was < Rank::up && has_passed_up && rank <= Rank::exiting) add(Kind::up);
  const bool leaves = rank == Rank::leaving || rank == Rank::exiting ||
                      (rank == Rank::removed && cause == Cause::left);
  if (was < Rank::leaving && leaves) add(Kind::leaving);
  if (before.is_unreachable && !is_unreachable && rank < Rank::down) add(Kind::reachable);
  if (!before.is_unreachable && is_unreachable && rank < Rank::down) add(Kind::unreachable);
  const bool is_down = rank == Rank::down || (rank == Rank::removed && cause == Cause::down);
  if (was < Rank::down && is_down) add(Kind::down);
  if (rank == Rank::removed) add(Kind::removed);
}

}  // namespace

std::vector<ViewChange> changes_between(
    const View& before, const View& after,
    const std::function<std::optional<Cause>(const Identity&)>& end_of) {
  std::vector<ViewChange> changes;
  auto old = before.members.begin();
  const auto gone_before = [&](const Member* next) {
    for (; old != before.members.end(); ++old) {
      const Identity& identity = old->record.identity;
      if (next != nullptr && identity >= next->record.identity) return;
      if (const auto cause = end_of(identity)) {
        Member gone = *old;
        gone.record.rank = Rank::removed;
        gone.record.cause = *cause;
        gone.is_unreachable = false;
        compare(*old, gone, changes);
      }
    }
  };
  for (const Member& member : after.members) {
    gone_before(&member);
    const bool is_known =
        old != before.members.end() && old->record.identity == member.record.identity;
    const Member& former = is_known ? *old : nobody();
    compare(former, member, changes);
    if (is_known) ++old;
  }
  gone_before(nullptr);
  return changes;
}

}  // namespace troupe::cluster
