#include <troupe/cluster/watch_rings.hpp>

#include <algorithm>
#include <iterator>

namespace troupe::cluster {

void WatchRings::insert(const Identity& identity) {
  if (!members_.insert(identity).second) return;
  graph_.reset();
  for (std::size_t ring = 0; ring < ring_count; ++ring) rings_[ring].insert(place(ring, identity));
}

void WatchRings::erase(const Identity& identity) {
  if (members_.erase(identity) == 0) return;
  graph_.reset();
  for (std::size_t ring = 0; ring < ring_count; ++ring) rings_[ring].erase(place(ring, identity));
}

std::vector<Identity> WatchRings::all_but(const Identity& identity) const {
  std::vector<Identity> others;
  others.reserve(members_.size());
  for (const Identity& member : members_) {
    if (member != identity) others.push_back(member);
  }
  return others;
}

const Identity& WatchRings::next_on(std::size_t ring, const Identity& identity) const {
  const auto next = rings_[ring].upper_bound(place(ring, identity));
  return next == rings_[ring].end() ? rings_[ring].begin()->second : next->second;
}

std::vector<Identity> WatchRings::watched_by(const Identity& identity) const {
  if (!members_.contains(identity)) return {};
  if (is_full_mesh()) return all_but(identity);
  std::set<Identity> watched;
  for (std::size_t ring = 0; ring < ring_count; ++ring) watched.insert(next_on(ring, identity));
  return {watched.begin(), watched.end()};
}

std::vector<Identity> WatchRings::watchers_of(const Identity& identity) const {
  if (!members_.contains(identity)) return {};
  if (is_full_mesh()) return all_but(identity);
  std::set<Identity> watchers;
  for (std::size_t ring = 0; ring < ring_count; ++ring) {
    const auto at = rings_[ring].find(place(ring, identity));
    const auto before = at == rings_[ring].begin() ? std::prev(rings_[ring].end()) : std::prev(at);
    watchers.insert(before->second);
  }
  return {watchers.begin(), watchers.end()};
}

std::size_t WatchGraph::place_of(const Identity& identity) const {
  const auto at = std::ranges::lower_bound(members, identity, {}, [](auto* one) { return *one; });
  const bool is_there = at != members.end() && **at == identity;
  return is_there ? static_cast<std::size_t>(at - members.begin()) : members.size();
}

const WatchGraph& WatchRings::graph() const {
  if (graph_) return *graph_;
  WatchGraph& graph = graph_.emplace();
  const std::size_t count = members_.size();
  const std::size_t each = is_full_mesh() ? std::max<std::size_t>(count, 1) - 1 : ring_count;
  for (const Identity& member : members_) graph.members.push_back(&member);
  for (std::size_t i = 0; i <= count; ++i) graph.first.push_back(i * each);
  graph.watched.resize(count * each);
  if (is_full_mesh()) {
    for (std::size_t i = 0; i < count * each; ++i) {
      const std::size_t other = i % each;
      graph.watched[i] = static_cast<std::uint32_t>(other + (other >= i / each ? 1 : 0));
    }
    return graph;
  }
  for (std::size_t ring = 0; ring < ring_count; ++ring) {
    std::size_t before = graph.place_of(rings_[ring].rbegin()->second);
    for (const Place& on_ring : rings_[ring]) {
      const std::size_t place = graph.place_of(on_ring.second);
      graph.watched[before * each + ring] = static_cast<std::uint32_t>(place);
      before = place;
    }
  }
  return graph;
}

bool WatchRings::watches(const Identity& watcher, const Identity& subject) const {
  if (watcher == subject || !members_.contains(watcher) || !members_.contains(subject)) {
    return false;
  }
  if (is_full_mesh()) return true;
  for (std::size_t ring = 0; ring < ring_count; ++ring) {
    if (next_on(ring, watcher) == subject) return true;
  }
  return false;
}

}  // namespace troupe::cluster
