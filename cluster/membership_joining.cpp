// How a Membership comes into a cluster, finds others of its name, and leaves.
#include <algorithm>
#include <troupe/cluster/membership.hpp>
#include <tuple>
#include <utility>

namespace troupe::cluster {

void Membership::advance_formation(TimePoint now) {
  Formation::Step step = formation_->advance(mine(), random_, now);
  for (auto& [to, message] : step.sent) send(to, std::move(message));
  wake_at(formation_->next_time());
  if (!step.has_formed) return;
  MemberRecord record = mine();
  record.rank = Rank::up;
  record.up_number = 1;
  record.provisional = false;
  table_.merge(record, now);
  become_member(mixed(self_.hash() + random_.next()) | 1U, now);
}

void Membership::become_member(std::uint64_t cluster, TimePoint now) {
  formation_.reset();
  is_member_ = true;
  cluster_ = cluster;
  next_beat_ = now;
  next_exchange_ = now;
  next_seed_look_ = later(now, settings_.seed_look_every);
  unreachable_since_ = unstable_since_ = now;
  wake_ = now;
}

Standing Membership::standing() const {
  Standing mine;
  mine.is_member = is_member_;
  mine.cluster = cluster_;
  mine.settled = settled_;
  mine.size = is_member_ ? static_cast<std::uint32_t>(table_.records().size()) : 0;
  return mine;
}

/// Whether one more newcomer could not end those who are there. Nobody is confirmed while anybody
/// does not answer, and whoever is not confirmed counts for the other side. So a settled cluster
/// lets nobody in while a member has missed a beat, and no other watcher reaches it, or is accused;
/// and of newcomers that are not confirmed fewer at a time than half of its members.
bool Membership::has_room_for_doubt(TimePoint now) const {
  if (!settled_) return true;
  const auto is_in_doubt = [&](const auto& entry) {
    const Peer& peer = entry.second;
    return peer.is_watched && peer.state != WatchState::bridged && has_missed_a_beat(peer, now);
  };
  const auto is_live = [&](const auto& entry) { return table_.is_live(entry.second.first); };
  if (!unreachable_.empty() || std::ranges::any_of(peers_, is_in_doubt)) return false;
  if (table_.accusations() > 0 && std::ranges::any_of(table_.observations(), is_live)) return false;
  std::size_t confirmed = 0;
  std::size_t newcomers = 0;
  for (const auto& [identity, kept] : table_.records()) {
    if (kept.record.rank > Rank::up) continue;
    ++(kept.record.is_confirmed_up() ? confirmed : newcomers);
  }
  return newcomers == 0 || 2 * (newcomers + 1) < confirmed;
}

void Membership::on_join(const Identity& from, const Join& join, TimePoint now) {
  if (!is_member_ || mine().rank != Rank::up || join.record.identity != from) return;
  if (table_.is_removed(from)) {
    return send(from, Refuse{Refusal::removed, "this life of the node was removed: start anew"});
  }
  const MemberRecord* known = table_.find(from);
  if (known != nullptr && known->rank >= Rank::down) {
    return send(from, Refuse{Refusal::removed, "this life of the node is down: start anew"});
  }
  const auto& split_brain = settings_.split_brain;
  if (known == nullptr && split_brain.strategy == SplitBrainStrategy::static_quorum &&
      rings_.size() + 1 > 2 * split_brain.quorum - 1) {
    return send(from,
                Refuse{Refusal::quorum_full, "the cluster has " + std::to_string(rings_.size()) +
                                                 " members, and its static quorum is " +
                                                 std::to_string(split_brain.quorum)});
  }
  if (known == nullptr) {
    if (!has_room_for_doubt(now)) return send(from, Busy{times_.heartbeat});
    if (now - admitted_second_ >= std::chrono::seconds(1)) {
      admitted_second_ = now;
      admitted_in_second_ = 0;
    }
    if (++admitted_in_second_ > settings_.admissions_per_second_max) {
      return send(from, Busy{std::chrono::seconds(1)});
    }
    MemberRecord record = join.record;
    record.rank = Rank::joining;
    record.provisional = true;
    record.up_number = 0;
    table_.merge(record, now);
    wake_at(now);
  }
  Admit admit{settled_, {}};
  static_cast<void>(table_.changes_since(0, page_bytes_max, admit.page));
  send(from, std::move(admit));
}

void Membership::on_admit(const Envelope& envelope, const Admit& admit, TimePoint now) {
  if (is_member_ || envelope.cluster == 0) return;
  become_member(envelope.cluster, now);
  settled_ = admit.settled;
  absorb(admit.page, envelope.from, now);
}

void Membership::on_standing(const Identity& from, const Standing& other, TimePoint now) {
  if (!is_member_) return formation_->on_answer(from, other, now);
  if (!other.is_member || other.cluster == cluster_) return;
  const Standing own = standing();
  const auto merit = [](const Standing& of) { return std::tuple(of.settled, of.size, of.cluster); };
  if (merit(own) > merit(other)) return;
  for (const auto& [identity, peer] : peers_) send(identity, Dissolve{other});
  if (settled_) return condemn(now);
  start_looking(now);
}

void Membership::look_for_unseen_seeds(TimePoint now) {
  if (now >= next_seed_look_) {
    const auto every = static_cast<std::uint64_t>(settings_.seed_look_every.count());
    next_seed_look_ =
        later(now, Duration(static_cast<Duration::rep>(every / 2 + random_.below(every))));
    std::vector<std::string> unseen;
    for (const std::string& seed : settings_.formation.seeds) {
      const auto is_there = [&](const Identity& member) {
        return member.address == seed && !unreachable_.contains(member);
      };
      if (seed != self_.address && std::ranges::none_of(rings_.members(), is_there)) {
        unseen.push_back(seed);
      }
    }
    if (!unseen.empty()) {
      send({unseen[random_.below(unseen.size())], 0}, Look{standing()});
    }
  }
  wake_at(next_seed_look_);
}

void Membership::settle(TimePoint now) {
  if (settled_) return;
  std::set<std::string> up;
  for (const auto& [identity, kept] : table_.records()) {
    if (kept.record.is_confirmed_up() && !unreachable_.contains(identity)) {
      up.insert(identity.address);
    }
  }
  const auto& seeds = settings_.formation.seeds;
  const auto present =
      std::ranges::count_if(seeds, [&](const std::string& seed) { return up.contains(seed); });
  if (static_cast<std::size_t>(present) < seeds.size() / 2 + 1) return seeds_seen_since_.reset();
  if (!seeds_seen_since_) seeds_seen_since_ = now;
  const TimePoint at = later(*seeds_seen_since_, settings_.settle_after);
  if (now >= at) {
    settled_ = true;
  } else {
    wake_at(at);
  }
}

void Membership::leave(TimePoint now) {
  if (ended_ || leave_deadline_) return;
  notice_pause(now);
  leave_deadline_ = later(now, settings_.leave_timeout);
  const bool has_others = is_member_ && rings_.size() > 1;
  if (!has_others || mine().rank > Rank::up) return exit(now);
  wake_at(now);
  if (mine().rank == Rank::up) raise_rank(self_, Rank::leaving, Cause::left, now);
}

/// Whether somebody may have let this node in, which it does not know yet.
bool Membership::may_be_admitted(TimePoint now) const {
  return settings_.by_table ? has_asked_table_ : formation_ && formation_->awaits_admission(now);
}

void Membership::finish_leaving_unadmitted(TimePoint now) {
  if (!exiting_since_) return;
  const TimePoint last = later(*exiting_since_, settings_.farewell_timeout);
  if (now >= last || !may_be_admitted(now)) return end(End::left, now);
  wake_at(std::min(last, later(now, times_.heartbeat)));
}

void Membership::exit(TimePoint now) {
  if (ended_ || exiting_since_) return;
  if (!leave_deadline_) leave_deadline_ = now;
  exiting_since_ = now;
  raise_rank(self_, Rank::exiting, Cause::left, now);
  exiting_version_ = table_.find_kept(self_)->version;
  const bool has_to_tell = rings_.size() > 1 || settings_.by_table;
  const bool may_have_to = !is_member_ && may_be_admitted(now);
  if (!may_have_to && (!is_member_ || !has_to_tell)) return end(End::left, now);
  wake_at(now);
}

void Membership::finish_leaving(TimePoint now) {
  if (!leave_deadline_ && is_member_ && mine().rank >= Rank::leaving) {
    leave_deadline_ = later(now, settings_.leave_timeout);  // An operator has said so.
  }
  if (!leave_deadline_) return;
  if (!exiting_since_) {
    if (mine().rank == Rank::up && rings_.size() > 1) {  // It has come up meanwhile.
      raise_rank(self_, Rank::leaving, Cause::left, now);
    }
    if (now < *leave_deadline_) return wake_at(*leave_deadline_);
    exit(now);
    if (ended_) return;
  }
  const TimePoint last = later(*exiting_since_, settings_.farewell_timeout);
  if (!lingers_until_) {
    const std::uint64_t version = table_.find_kept(self_)->version;
    const auto has_echoed = [&](const auto& entry) {
      const Peer& peer = entry.second;
      return (!peer.is_watched && !peer.is_watching) || peer.acked >= version;
    };
    const bool is_known =
        settings_.by_table ? exit_is_known_ : std::ranges::all_of(peers_, has_echoed);
    const TimePoint latest = std::min(last, later(*exiting_since_, times_.heartbeat));
    if (!is_known && now < latest) return wake_at(latest);
    lingers_until_ = std::min(last, later(now, times_.heartbeat));
  }
  if (now >= *lingers_until_) return end(End::left, now);
  wake_at(*lingers_until_);
}

bool Membership::is_heard_to_leave() const {
  if (settings_.by_table) return exit_is_known_;  // Whoever reads the table knows.
  std::size_t neighbours = 0;
  std::size_t told = 0;
  for (const auto& [identity, peer] : peers_) {
    if (!peer.is_watched && !peer.is_watching) continue;
    ++neighbours;
    if (peer.acked >= exiting_version_) ++told;
  }
  return 2 * told >= neighbours;  // With this node itself more than half.
}

/// Whoever has left waits for an echo, and is forgotten as soon as enough know of it.
void Membership::echo_farewells() {
  for (auto& [identity, peer] : peers_) {
    if (!peer.is_owed_echo || table_.end_of(identity) != Cause::left) continue;
    Gossip gossip;
    gossip.view_digest = table_.view_digest();
    gossip.table_digest = table_.table_digest();
    gossip.settled = settled_;
    gossip.since = gossip.until = peer.acked;
    gossip.echo = peer.held;
    send(identity, Tell{std::move(gossip)});
  }
}

}  // namespace troupe::cluster
