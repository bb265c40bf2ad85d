// How a Membership watches its peers: silence, indirect probes, accusation.
#include <algorithm>
#include <troupe/cluster/membership.hpp>
#include <troupe/cluster/planted_bugs.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

constexpr std::size_t helpers_max = 3;
constexpr std::size_t helped_max = 1'000;

}  // namespace

bool Membership::is_silent(const Identity& identity, TimePoint now) const {
  const auto at = peers_.find(identity);
  if (at == peers_.end() || !at->second.is_watched) return false;
  const Peer& peer = at->second;
  return peer.is_refused || now - peer.last_heard > times_.silence_min;
}

bool Membership::has_missed_a_beat(const Peer& peer, TimePoint now) const {
  return peer.is_refused || now - peer.last_heard > times_.heartbeat * 3 / 2;
}

void Membership::watch(TimePoint now) {
  if (now < pausing_until_) {
    const bool all_heard = std::ranges::all_of(peers_, [](const auto& entry) {
      return !entry.second.is_watched || entry.second.is_heard_since_pause;
    });
    if (all_heard) pausing_until_ = now;
    wake_at(pausing_until_);
  }
  end_helped_probes(now);
  for (auto& [identity, peer] : peers_) {
    if (peer.is_watched) watch_one(identity, peer, now);
  }
}

void Membership::watch_one(const Identity& subject, Peer& peer, TimePoint now) {
  // Ownership falls with the plain silence, however unwell this node is; it judges others later.
  const Duration silence =
      times_.silence_min +
      peer.rhythm.allowance(times_.heartbeat, settings_.detection.deviation_min);
  const TimePoint silent_at = later(peer.last_heard, times(static_cast<int>(health_ + 1), silence));
  const TimePoint unheard_at = later(peer.last_heard, times_.silence_min + Duration(1));
  if (now < unheard_at) wake_at(unheard_at);
  if (now < pausing_until_) return;
  switch (peer.state) {
    case WatchState::hearing:
      if (peer.is_refused || now > silent_at) return begin_probe(subject, peer, now);
      return wake_at(silent_at + Duration(1));
    case WatchState::probing:
      if (!peer.is_bridged && now < peer.deadline) return wake_at(peer.deadline);
      if (peer.is_bridged) {
        peer.state = WatchState::bridged;
        peer.deadline = later(now, 2 * times_.heartbeat);
        accuse(subject, false, now);
      } else if (health_ == 0) {
        accuse(subject, true, now);
      } else {
        peer.state = WatchState::waiting;
        peer.deadline = later(now, times_.suspicion_max);
      }
      return wake_at(peer.deadline);
    case WatchState::waiting:
      if (now >= peer.deadline || suspected_since_.contains(subject)) {
        return accuse(subject, true, now);
      }
      return wake_at(peer.deadline);
    case WatchState::bridged:
      if (now >= peer.deadline) return begin_probe(subject, peer, now);
      return wake_at(peer.deadline);
    case WatchState::accusing: {
      const Observation* mine_of_it = table_.find(self_, subject);
      if (mine_of_it == nullptr || !table_.is_live(*mine_of_it)) begin_probe(subject, peer, now);
      return;
    }
  }
}

void Membership::begin_probe(const Identity& subject, Peer& peer, TimePoint now) {
  peer.state = WatchState::probing;
  peer.is_bridged = false;
  peer.probe = ++number_;
  peer.deadline = later(now, times_.indirect_probe);
  wake_at(peer.deadline);
  ask_watchers(subject, ProbeRequest{peer.probe, subject}, now);
}

/// Some of its other watchers, chosen by chance among those that answer.
void Membership::ask_watchers(const Identity& subject, const Message& message, TimePoint now) {
  std::vector<Identity> helpers;
  for (const Identity& watcher : rings_.watchers_of(subject)) {
    if (watcher != self_ && !is_silent(watcher, now)) helpers.push_back(watcher);
  }
  for (std::size_t asked = 0; asked < helpers_max && !helpers.empty(); ++asked) {
    const auto chosen =
        helpers.begin() + static_cast<std::ptrdiff_t>(random_.below(helpers.size()));
    send(*chosen, message);
    helpers.erase(chosen);
  }
}

void Membership::accuse(const Identity& subject, bool accuses, TimePoint now) {
  const Observation* last = table_.find(self_, subject);
  if (!accuses && (last == nullptr || !last->accuses)) return;
  const MemberRecord* record = table_.find(subject);
  if (record == nullptr) return;
  table_.merge(
      Observation{self_, subject, last ? last->number + 1 : 1, accuses, record->refutation});
  if (accuses) peers_[subject].state = WatchState::accusing;
  wake_at(now);
}

void Membership::on_pong(const Identity& from, std::uint64_t number, TimePoint now) {
  if (const auto helped = helped_.find(number); helped != helped_.end()) {
    send(helped->second.asker, ProbeResult{helped->second.number, ProbeOutcome::reached});
    helped_.erase(helped);
  }
  const auto at = peers_.find(from);
  if (at == peers_.end() || !at->second.is_watched) return;
  Peer& peer = at->second;
  peer.rhythm.beat(now - peer.last_heard, times_.heartbeat);
  peer.last_heard = now;
  peer.is_refused = false;
  // What was under way before a pause tells nothing about now.
  if (!peer.is_heard_since_pause && number > number_at_pause_) {
    peer.is_heard_since_pause = true;
    wake_at(now);
  }
  if (settings_.by_table && mine().rank == Rank::joining && greeted_.insert(from).second) {
    wake_at(now);
  }
  if (peer.state == WatchState::hearing) return;
  peer.state = WatchState::hearing;
  accuse(from, false, now);
  wake_at(now);
}

void Membership::on_probe_request(const Identity& from, const ProbeRequest& request,
                                  TimePoint now) {
  if (helped_.size() >= helped_max || !rings_.members().contains(request.subject)) {
    return send(from, ProbeResult{request.number, ProbeOutcome::unhealthy});
  }
  const std::uint64_t number = ++number_;
  const TimePoint deadline = later(now, times_.indirect_probe * 4 / 5);
  helped_[number] = {from, request.number, deadline};
  send(request.subject, Ping{number, gossip_for(peer_of(request.subject), beat_news_bytes_max)});
  wake_at(deadline);
}

void Membership::end_helped_probes(TimePoint now) {
  for (auto at = helped_.begin(); at != helped_.end();) {
    if (now < at->second.deadline) {
      wake_at(at->second.deadline);
      ++at;
      continue;
    }
    const auto outcome = health_ > 0 ? ProbeOutcome::unhealthy : ProbeOutcome::failed;
    send(at->second.asker, ProbeResult{at->second.number, outcome});
    at = helped_.erase(at);
  }
}

void Membership::on_probe_result(const ProbeResult& result) {
  if (result.outcome != ProbeOutcome::reached) return;
  for (auto& [identity, peer] : peers_) {
    if (peer.state == WatchState::probing && peer.probe == result.number) {
      peer.is_bridged = true;
      wake_ = std::min(wake_, peer.deadline);
    }
  }
}

}  // namespace troupe::cluster
