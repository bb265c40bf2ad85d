#include <troupe/cluster/service_gossip.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace troupe::cluster {
namespace {

/// Versions of so many lists travel in one message.
constexpr std::size_t versions_max = 1'000;
/// News are a heartbeat old before a difference is no news, and are asked for again after two.
constexpr int heartbeats_of_patience = 1;
constexpr int heartbeats_between_exchanges = 2;

}  // namespace

ServiceGossip::ServiceGossip(ServiceRegistry& registry, Identity self,
                             const DetectionSettings& detection)
    : registry_(registry),
      self_(std::move(self)),
      detection_(detection),
      times_(membership_times(detection, 1)) {}

void ServiceGossip::on_view(const View& view, TimePoint now) {
  std::map<std::uint64_t, ServiceRegistry::Owner> owners;
  std::set<Identity> living;
  identities_.clear();
  for (const Member& member : view.members) {
    const Identity& identity = member.record.identity;
    if (member.record.rank <= Rank::exiting) living.insert(identity);
    if (member.record.rank > Rank::leaving) continue;
    owners[identity.hash()] = {identity, member.is_unreachable};
    identities_[identity.hash()] = identity;
  }
  registry_.keep(std::move(owners));
  std::erase_if(changes_, [&](const auto& change) { return !registry_.is_owner(change.first); });
  if (living == rings_.members()) return;
  const std::set<Identity> before = rings_.members();
  for (const Identity& identity : before) {
    if (!living.contains(identity)) rings_.erase(identity);
  }
  for (const Identity& identity : living) rings_.insert(identity);
  times_ = membership_times(detection_, rings_.size());
  std::map<Identity, Neighbour> neighbours;
  const auto keep = [&](const Identity& identity) {
    const auto known = neighbours_.find(identity);
    Neighbour fresh;
    fresh.next_exchange = now;
    neighbours.try_emplace(identity, known != neighbours_.end() ? known->second : fresh);
  };
  for (const Identity& identity : rings_.watched_by(self_)) keep(identity);
  for (const Identity& identity : rings_.watchers_of(self_)) keep(identity);
  neighbours_ = std::move(neighbours);
}

void ServiceGossip::on_own_change(std::uint64_t since, TimePoint now) {
  note_change(self_.hash(), since, self_, now);
}

void ServiceGossip::note_change(std::uint64_t owner, std::uint64_t since, const Identity& from,
                                TimePoint now) {
  Change& change = changes_.try_emplace(owner, Change{since, {}}).first->second;
  change.since = std::min(change.since, since);
  change.known_to = from;
  tell_at_ = std::min(tell_at_, later(now, times_.gather));
}

void ServiceGossip::advance(TimePoint now) {
  if (now < tell_at_) return;
  tell_at_ = TimePoint::max();
  tell_changes();
}

/// Who lacks more than that, or does not get it, finds out by the beats.
void ServiceGossip::tell_changes() {
  const auto changes = std::exchange(changes_, {});
  for (const auto& [neighbour, state] : neighbours_) {
    ServiceNews news;
    std::size_t room = page_bytes_max;
    for (const auto& [owner, change] : changes) {
      const auto identity = identities_.find(owner);
      const bool is_own = owner == self_.hash();
      if (change.known_to == neighbour) continue;
      if (!is_own &&
          (identity == identities_.end() || are_neighbours(identity->second, neighbour))) {
        continue;
      }
      news.has_more = room == 0;
      if (news.has_more) break;
      ServiceList list;
      news.has_more = !registry_.changes_since(owner, change.since, room, list);
      news.lists.push_back(std::move(list));
      if (news.has_more) break;
    }
    if (!news.lists.empty()) sent_.emplace_back(neighbour, std::move(news));
  }
}

void ServiceGossip::on_beat(const Identity& from, std::uint64_t digest, TimePoint now) {
  const auto known = neighbours_.find(from);
  if (known == neighbours_.end()) return;
  Neighbour& neighbour = known->second;
  if (digest == registry_.digest()) {
    neighbour.differs_since = TimePoint::max();
    neighbour.first = 0;
    return;
  }
  if (neighbour.differs_since == TimePoint::max()) neighbour.differs_since = now;
  if (neighbour.differs_since > later(now, -heartbeats_of_patience * times_.heartbeat)) return;
  exchange(from, neighbour, now);
}

/// Compares the next so many lists with a neighbour, unless that was begun just now.
void ServiceGossip::exchange(const Identity& with, Neighbour& neighbour, TimePoint now) {
  if (now < neighbour.next_exchange) return;
  neighbour.next_exchange = later(now, heartbeats_between_exchanges * times_.heartbeat);
  const auto versions = registry_.versions_from(neighbour.first, versions_max);
  const std::uint64_t last = versions.size() < versions_max ? UINT64_MAX : versions.back().owner;
  send_versions(with, neighbour.first, last, false);
  neighbour.first = last == UINT64_MAX ? 0 : last + 1;
}

void ServiceGossip::send_versions(const Identity& to, std::uint64_t first, std::uint64_t last,
                                  bool is_answer) {
  ServiceVersions mine{first, last, is_answer, registry_.versions_from(first, versions_max)};
  std::erase_if(mine.versions, [&](const OwnerVersion& known) { return known.owner > last; });
  if (mine.versions.size() == versions_max) mine.last = std::min(last, mine.versions.back().owner);
  sent_.emplace_back(to, std::move(mine));
}

void ServiceGossip::receive(const Identity& from, const ServiceVersions& versions, TimePoint now) {
  std::map<std::uint64_t, std::uint64_t> theirs;
  bool is_behind = false;
  for (const OwnerVersion& known : versions.versions) {
    theirs[known.owner] = known.version;
    is_behind |= known.version > registry_.version_of(known.owner) &&
                 registry_.is_owner(known.owner) && known.owner != self_.hash();
  }
  ServiceNews news{versions.first, versions.last, false, {}};
  std::size_t room = page_bytes_max;
  for (const OwnerVersion& mine : registry_.versions_from(versions.first, SIZE_MAX)) {
    if (mine.owner > versions.last) break;
    const auto known = theirs.find(mine.owner);
    const std::uint64_t since = known != theirs.end() ? known->second : 0;
    if (since >= mine.version) continue;
    news.has_more = room == 0;
    if (news.has_more) break;
    ServiceList list;
    news.has_more = !registry_.changes_since(mine.owner, since, room, list);
    news.lists.push_back(std::move(list));
    if (news.has_more) break;
  }
  if (!news.lists.empty()) sent_.emplace_back(from, std::move(news));
  if (versions.is_answer) return;
  const auto neighbour = neighbours_.find(from);
  if (neighbour != neighbours_.end()) {
    neighbour->second.next_exchange = later(now, heartbeats_between_exchanges * times_.heartbeat);
  }
  if (is_behind) send_versions(from, versions.first, versions.last, true);
}

void ServiceGossip::receive(const Identity& from, const ServiceNews& news, TimePoint now) {
  bool has_news = false;
  bool lacks = false;
  for (const ServiceList& list : news.lists) {
    const std::uint64_t before = registry_.version_of(list.owner);
    switch (registry_.merge(list)) {
      case ServiceRegistry::Merged::known: break;
      case ServiceRegistry::Merged::malformed: ++malformed_; break;
      case ServiceRegistry::Merged::gap:
      case ServiceRegistry::Merged::stranger: lacks = true; break;
      case ServiceRegistry::Merged::news:
        has_news = true;
        note_change(list.owner, before, from, now);
    }
  }
  // A page that brought nothing would be asked for in vain again.
  if (news.has_more && has_news) return send_versions(from, news.first, news.last, true);
  const auto neighbour = neighbours_.find(from);
  if (!lacks || neighbour == neighbours_.end()) return;
  neighbour->second.differs_since = TimePoint::min();  // The next beat has it asked for.
}

}  // namespace troupe::cluster
