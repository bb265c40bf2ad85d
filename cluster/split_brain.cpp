#include <troupe/cluster/split_brain.hpp>

#include <troupe/cluster/planted_bugs.hpp>

namespace troupe::cluster {
namespace {

bool counts_for_us(const MemberRecord& member) {
  if (member.is_confirmed_up()) return true;
  if (planted(Bug::counts_leaving_members) && member.rank == Rank::leaving) return true;
  return planted(Bug::counts_provisional_members) && member.rank == Rank::up;
}

bool counts_for_them(const MemberRecord& member, bool is_reachable) {
  if (!is_reachable) return member.rank <= Rank::leaving;
  if (planted(Bug::counts_provisional_members)) return false;
  return member.rank == Rank::up && member.provisional;
}

bool is_older(const MemberRecord& a, const MemberRecord& b) {
  return a.up_number != b.up_number ? a.up_number < b.up_number : a.identity < b.identity;
}

bool survives(const SplitBrainCount& count, const SplitBrainSettings& settings) {
  switch (settings.strategy) {
    case SplitBrainStrategy::keep_majority:
      return count.ours > count.theirs || (count.ours == count.theirs && count.has_oldest);
    case SplitBrainStrategy::static_quorum:
      return count.ours >= settings.quorum && count.ours > count.theirs;
    case SplitBrainStrategy::keep_oldest:
      if (count.has_oldest) return count.ours > 1 || count.theirs < 2;
      return count.has_lost_oldest && count.lost == 1 && count.ours > 1;
  }
  return false;
}

}  // namespace

SplitBrainCount decide(const std::vector<MemberRecord>& members,
                       const std::set<Identity>& unreachable, const SplitBrainSettings& settings,
                       bool was_told) {
  SplitBrainCount count;
  const MemberRecord* oldest = nullptr;
  bool lost_anybody = false;
  for (const MemberRecord& member : members) {
    const bool is_reachable = !unreachable.contains(member.identity);
    if (is_reachable && counts_for_us(member)) ++count.ours;
    if (counts_for_them(member, is_reachable)) ++count.theirs;
    if (!is_reachable && member.rank <= Rank::leaving) ++count.lost;
    if (!is_reachable && member.rank <= Rank::up) lost_anybody = true;
    if (member.is_confirmed_up() && (oldest == nullptr || is_older(member, *oldest))) {
      oldest = &member;
    }
  }
  if (oldest != nullptr && !was_told) {
    count.has_lost_oldest = unreachable.contains(oldest->identity);
    count.has_oldest = !count.has_lost_oldest;
  }
  if (!lost_anybody) return count;
  count.verdict = survives(count, settings) ? Verdict::down_them : Verdict::down_self;
  return count;
}

}  // namespace troupe::cluster
