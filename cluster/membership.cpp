#include <troupe/cluster/membership.hpp>

#include <algorithm>
#include <troupe/cluster/planted_bugs.hpp>
#include <utility>

namespace troupe::cluster {

Membership::Membership(MembershipSettings settings, Identity identity, std::uint64_t seed,
                       TimePoint now)
    : settings_(std::move(settings)),
      self_(std::move(identity)),
      random_(seed),
      table_(settings_.limits),
      times_(membership_times(settings_.detection, 1)) {
  start_looking(now);
  publish(now);
}

void Membership::start_looking(TimePoint now) {
  refusal_.clear();
  table_.clear();
  rings_ = WatchRings();
  peers_.clear();
  unreached_.clear();
  reaches_all_ = true;
  doubted_.clear();
  helped_.clear();
  suspected_since_.clear();
  unreachable_.clear();
  ++marks_;
  voices_.clear();
  seeds_seen_since_.reset();
  orphaned_since_.reset();
  is_member_ = false;
  settled_ = false;
  cluster_ = 0;
  living_version_ = 0;
  MemberRecord record;
  record.identity = self_;
  record.meta = settings_.meta;
  table_.merge(record, now);
  if (!settings_.by_table) {
    formation_.emplace(settings_.formation, self_, settings_.detection.heartbeat, now);
  }
  wake_ = now;
}

void Membership::send(const Identity& to, Message message) {
  actions_.sent.push_back({cluster_, self_, to, std::move(message)});
}

Actions Membership::take_actions() { return std::exchange(actions_, {}); }

void Membership::advance(TimePoint now) {
  if (ended_) return;
  notice_pause(now);
  wake_ = TimePoint::max();
  if (!is_member_) {
    if (formation_ && !exiting_since_) advance_formation(now);
    if (!is_member_) finish_leaving_unadmitted(now);
  }
  if (is_member_) {
    std::uint64_t seen = 0;
    for (int round = 0; round < 4 && seen != table_.version() && !ended_; ++round) {
      seen = table_.version();
      refresh_peers(now);
      watch(now);
      assess_reachability(now);
      if (!ended_ && !settings_.by_table) lead(now);
    }
    if (!ended_) {
      settle(now);
      finish_leaving(now);
    }
    if (!ended_) {
      beat(now);
      spread_news(now);
      if (settings_.by_table) {
        advance_by_table(now);
      } else {
        look_for_unseen_seeds(now);
      }
      table_.forget_old_tombstones(now);
    }
  }
  if (!ended_) publish(now);
}

void Membership::notice_pause(TimePoint now) {
  if (!is_member_ || now - wake_ <= times_.heartbeat || planted(Bug::accuses_after_own_pause)) {
    return;
  }
  health_ = std::min(7U, health_ + 1);
  pausing_until_ = later(now, times_.silence_max);
  number_at_pause_ = number_;
  for (auto& [identity, peer] : peers_) {
    peer.last_heard = now;
    peer.is_heard_since_pause = false;
    if (peer.state != WatchState::accusing) peer.state = WatchState::hearing;
  }
  for (auto& [identity, since] : suspected_since_) since = now;
  unreachable_since_ = unstable_since_ = now;
  next_beat_ = now;
  wake_ = now;
}

void Membership::refresh_peers(TimePoint now) {
  if (living_version_ == table_.living_version()) return;
  living_version_ = table_.living_version();
  doubt_unreached(now);
  std::set<Identity> living;
  for (const auto& [identity, kept] : table_.records()) {
    if (kept.record.rank <= Rank::exiting) living.insert(identity);
  }
  const std::set<Identity> before = rings_.members();
  for (const Identity& identity : before) {
    if (!living.contains(identity)) rings_.erase(identity);
  }
  for (const Identity& identity : living) rings_.insert(identity);
  times_ = membership_times(settings_.detection, rings_.size());
  echo_farewells();
  std::erase_if(peers_, [&](const auto& entry) { return !living.contains(entry.first); });
  std::erase_if(voices_, [&](const auto& entry) { return !living.contains(entry.first); });
  for (auto& [identity, peer] : peers_) peer.is_watching = false;
  std::set<Identity> watched;
  for (const Identity& identity : rings_.watched_by(self_)) watched.insert(identity);
  for (const Identity& identity : rings_.watchers_of(self_)) peers_[identity].is_watching = true;
  for (const Identity& identity : watched) peers_.try_emplace(identity);
  for (auto& [identity, peer] : peers_) {
    const bool is_watched = watched.contains(identity);
    if (is_watched && !peer.is_watched) {
      peer.last_heard = now;
      peer.state = WatchState::hearing;
      peer.is_refused = false;
    }
    if (!is_watched && peer.is_watched) accuse(identity, false, now);
    peer.is_watched = is_watched;
  }
}

void Membership::doubt_unreached(TimePoint now) {
  if (now >= doubted_until_) doubted_.clear();
  if (!reaches_all_) {
    doubted_.insert(unreached_.begin(), unreached_.end());
  }
  std::erase_if(doubted_, [&](const Identity& member) { return !table_.find(member); });
  if (doubted_.empty()) return;
  doubted_until_ = later(now, times_.silence_max + times_.indirect_probe + times_.heartbeat);
}

void Membership::raise_rank(const Identity& identity, Rank rank, Cause cause, TimePoint now) {
  const MemberRecord* known = table_.find(identity);
  if (known == nullptr || known->rank >= rank) return;
  MemberRecord record = *known;
  record.rank = rank;
  record.cause = std::max(record.cause, cause);
  table_.merge(record, now);
}

void Membership::report_refused(const Identity& peer, TimePoint now) {
  if (ended_) return;
  notice_pause(now);
  const auto at = peers_.find(peer);
  if (at == peers_.end() || !at->second.is_watched) return;
  at->second.is_refused = true;
  wake_at(now);
}

void Membership::report_mismatch(const std::string& address, std::string why, TimePoint now) {
  if (formation_ && !ended_) formation_->on_mismatch(address, std::move(why), now);
}

void Membership::report_replaced(const Identity& former, TimePoint now) {
  if (ended_ || !is_member_ || former == self_) return;
  notice_pause(now);
  if (settings_.by_table) {
    replaced_.insert(former);
  } else {
    raise_rank(former, Rank::down, Cause::down, now);
  }
  wake_at(now);
}

void Membership::down(const Identity& identity, TimePoint now) {
  if (ended_ || !is_member_) return;
  notice_pause(now);
  if (settings_.by_table) {
    if (table_.find(identity) != nullptr) ordered_down_.insert(identity);
    return wake_at(now);
  }
  if (identity == self_) return condemn(now);
  raise_rank(identity, Rank::down, Cause::down, now);
  wake_at(now);
}

void Membership::condemn(TimePoint now) {
  MemberRecord record = mine();
  record.rank = Rank::down;
  record.cause = Cause::down;
  table_.merge(record, now);
  for (auto& [identity, peer] : peers_) {
    Gossip gossip;
    gossip.since = gossip.until = peer.acked;
    gossip.news.records.push_back(record);
    if (is_member_) send(identity, Tell{std::move(gossip)});
  }
  end(End::condemned, now);
}

/// The last view says that this life is over: none comes after it.
void Membership::end(End end, TimePoint now) {
  was_heard_to_leave_ = end == End::left && is_heard_to_leave();
  ended_ = end;
  actions_.end = end;
  publish(now);
  wake_ = TimePoint::max();
}

bool Membership::strategy_lets_own(TimePoint now) const {
  const bool counts = settings_.split_brain.strategy == SplitBrainStrategy::static_quorum;
  if (reaches_all_ && now >= doubted_until_ && !counts) return true;  // This node is one of them.
  const auto is_reached = [&](const Identity& member) {
    if (now < doubted_until_ && doubted_.contains(member)) return false;
    return reaches_all_ || (rings_.members().contains(member) && !unreached_.contains(member));
  };
  std::size_t all = 0;
  std::size_t reached = 0;
  const MemberRecord* oldest = nullptr;
  for (const auto& [identity, kept] : table_.records()) {
    if (!kept.record.is_confirmed_up()) continue;
    ++all;
    if (is_reached(identity)) ++reached;
    if (oldest == nullptr || kept.record.up_number < oldest->up_number) oldest = &kept.record;
  }
  switch (settings_.split_brain.strategy) {
    case SplitBrainStrategy::keep_majority: return 2 * reached > all;
    case SplitBrainStrategy::static_quorum:
      return reached >= settings_.split_brain.quorum && 2 * reached > all;
    case SplitBrainStrategy::keep_oldest:
      return oldest != nullptr && is_reached(oldest->identity) && (reached > 1 || all == 1);
  }
  return false;
}

bool Membership::may_own(TimePoint now) const {
  if (ended_ || !is_member_ || !settled_ || !mine().is_confirmed_up()) return false;
  if (now - wake_ > times_.heartbeat || now < pausing_until_) return false;
  if (now >= lease_until()) return false;
  const bool is_told = std::ranges::any_of(
      voices_, [&](const auto& voice) { return now - voice.second <= times_.silence_max; });
  return !is_told && strategy_lets_own(now);
}

void Membership::publish(TimePoint now) {
  const bool is_same_table = shown_version_ == table_.version() && shown_marks_ == marks_;
  if (view_ && is_same_table && view_->cluster == cluster_ && view_->settled == settled_ &&
      view_->has_ended == ended_.has_value() && view_->may_own == may_own(now)) {
    return;
  }
  shown_version_ = table_.version();
  shown_marks_ = marks_;
  auto next = std::make_shared<View>();
  next->digest = table_.view_digest();
  next->cluster = cluster_;
  next->self = self_;
  next->settled = settled_;
  next->has_ended = ended_.has_value();
  next->may_own = may_own(now);
  if (is_member_) next->leader = leader();
  const auto is_same_mark = [&](const Member& member) {
    return member.is_unreachable == unreachable_.contains(member.record.identity);
  };
  if (view_ && view_->digest == next->digest && view_->cluster == cluster_ &&
      view_->leader == next->leader && view_->settled == settled_ &&
      view_->has_ended == next->has_ended && view_->may_own == next->may_own &&
      view_->members.size() == table_.records().size() &&
      std::ranges::all_of(view_->members, is_same_mark)) {
    return;
  }
  next->version = view_ ? view_->version + 1 : 1;
  next->members.reserve(table_.records().size());
  for (const auto& [identity, kept] : table_.records()) {
    next->members.push_back({kept.record, unreachable_.contains(identity)});
  }
  view_ = std::move(next);
  actions_.has_new_view = true;
}

}  // namespace troupe::cluster
