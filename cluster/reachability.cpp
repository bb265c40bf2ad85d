#include <troupe/cluster/reachability.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace troupe::cluster {
namespace {

/// An accusation that counts: live, and by one whose place is to watch the subject.
struct Accusation {
  std::uint32_t accuser = 0;  // By their places in the graph.
  std::uint32_t subject = 0;
  friend auto operator<=>(const Accusation&, const Accusation&) = default;
};

std::vector<Accusation> standing_accusations(const MemberTable& table, const WatchRings& rings) {
  std::vector<Accusation> standing;
  if (table.accusations() == 0) return standing;
  const WatchGraph& graph = rings.graph();
  for (const auto& [pair, kept] : table.observations()) {
    const Observation& seen = kept.first;
    if (!table.is_live(seen) || !rings.watches(seen.accuser, seen.subject)) continue;
    standing.push_back({static_cast<std::uint32_t>(graph.place_of(seen.accuser)),
                        static_cast<std::uint32_t>(graph.place_of(seen.subject))});
  }
  std::ranges::sort(standing);
  return standing;
}

/// Who vouches for others, and accuses. A newcomer that not all know of hears of nobody's silence
/// in time: it speaks for nobody.
std::vector<bool> speakers(const WatchGraph& graph, const MemberTable& table, std::size_t self) {
  std::vector<bool> speaks(graph.members.size());
  auto record = table.records().begin();  // In the same order.
  for (std::size_t i = 0; i < speaks.size(); ++i) {
    while (record != table.records().end() && record->first < *graph.members[i]) ++record;
    const bool is_known = record != table.records().end() && record->first == *graph.members[i];
    if (!is_known) continue;
    const MemberRecord& of = record->second.record;
    speaks[i] = !of.provisional && (of.rank == Rank::up || of.rank == Rank::leaving);
  }
  if (self < speaks.size()) speaks[self] = true;
  return speaks;
}

}  // namespace

Reachability reachability(const Identity& self, const MemberTable& table, const WatchRings& rings,
                          const std::function<bool(const Identity&)>& is_silent) {
  const WatchGraph& graph = rings.graph();
  const std::size_t count = graph.members.size();
  const std::size_t own = graph.place_of(self);
  const std::vector<Accusation> accused = standing_accusations(table, rings);
  const std::vector<bool> speaks = speakers(graph, table, own);
  std::vector<bool> reached(count);
  std::vector<std::size_t> open;
  if (own < count) {
    reached[own] = true;
    open.push_back(own);
  }
  while (!open.empty()) {
    const std::size_t from = open.back();
    open.pop_back();
    for (std::size_t i = graph.first[from]; i < graph.first[from + 1]; ++i) {
      const std::uint32_t to = graph.watched[i];
      if (reached[to]) continue;
      const Accusation accusation{static_cast<std::uint32_t>(from), to};
      if (std::ranges::binary_search(accused, accusation)) continue;
      if (from == own && is_silent(*graph.members[to])) continue;
      reached[to] = true;
      if (speaks[to]) open.push_back(to);
    }
  }
  const auto reached_watchers = [&](const Identity& subject) {
    const auto watchers = rings.watchers_of(subject);
    return static_cast<std::size_t>(std::ranges::count_if(watchers, [&](const Identity& watcher) {
      const std::size_t place = graph.place_of(watcher);
      return reached[place] && speaks[place];
    }));
  };
  Reachability result;
  for (const auto& [accuser, place] : accused) {
    if (place == own || !reached[accuser] || !speaks[accuser]) continue;
    const Identity& subject = *graph.members[place];
    const auto [at, is_new] = result.suspects.try_emplace(subject);
    ++at->second.accusers;
    if (is_new) at->second.watchers_reached = reached_watchers(subject);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (reached[i] || i == own) continue;
    const Identity& member = *graph.members[i];
    result.unreached.insert(result.unreached.end(), member);
    if (result.suspects.contains(member)) continue;
    if (reached_watchers(member) == 0) result.unwatched.insert(member);
  }
  return result;
}

}  // namespace troupe::cluster
