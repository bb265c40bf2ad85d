#include <troupe/cluster/reachability.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace troupe::cluster {
namespace {

/// Accusations that count: live, and by one whose place is to watch the subject.
std::set<std::pair<Identity, Identity>> standing_accusations(const MemberTable& table,
                                                             const WatchRings& rings) {
  std::set<std::pair<Identity, Identity>> standing;  // Accuser and subject.
  if (table.accusations() == 0) return standing;
  for (const auto& [pair, kept] : table.observations()) {
    const Observation& seen = kept.first;
    if (!table.is_live(seen) || !rings.watches(seen.accuser, seen.subject)) continue;
    standing.emplace(seen.accuser, seen.subject);
  }
  return standing;
}

}  // namespace

Reachability reachability(const Identity& self, const MemberTable& table, const WatchRings& rings,
                          const std::function<bool(const Identity&)>& is_silent) {
  const auto accused = standing_accusations(table, rings);
  // A newcomer that not all know of hears of nobody's silence in time: it speaks for nobody.
  const auto speaks = [&](const Identity& identity) {
    const MemberRecord* record = table.find(identity);
    if (identity == self) return true;
    return record != nullptr && !record->provisional &&
           (record->rank == Rank::up || record->rank == Rank::leaving);
  };
  Reachability result;
  std::vector<Identity> open{self};
  result.reached.insert(self);
  while (!open.empty()) {
    const Identity from = std::move(open.back());
    open.pop_back();
    for (const Identity& to : rings.watched_by(from)) {
      if (result.reached.contains(to) || accused.contains({from, to})) continue;
      if (from == self && is_silent(to)) continue;
      result.reached.insert(to);
      if (speaks(to)) open.push_back(to);
    }
  }
  const auto reached_watchers = [&](const Identity& subject) {
    const auto watchers = rings.watchers_of(subject);
    return static_cast<std::size_t>(std::ranges::count_if(watchers, [&](const Identity& watcher) {
      return result.reached.contains(watcher) && speaks(watcher);
    }));
  };
  for (const auto& [accuser, subject] : accused) {
    if (subject == self || !result.reached.contains(accuser) || !speaks(accuser)) continue;
    const auto [at, is_new] = result.suspects.try_emplace(subject);
    ++at->second.accusers;
    if (is_new) at->second.watchers_reached = reached_watchers(subject);
  }
  if (result.reached.size() >= rings.size()) return result;
  for (const Identity& member : rings.members()) {
    if (result.reached.contains(member) || result.suspects.contains(member)) continue;
    if (reached_watchers(member) == 0) result.unwatched.insert(member);
  }
  return result;
}

}  // namespace troupe::cluster
