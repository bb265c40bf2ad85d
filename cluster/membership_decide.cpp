// What a Membership concludes from accusations, and what it does as the leader.
#include <algorithm>
#include <troupe/cluster/membership.hpp>
#include <troupe/cluster/planted_bugs.hpp>
#include <utility>

namespace troupe::cluster {
namespace {

/// Who may lead, where nobody of a lower class is in the table: 0 to 4, or 5 for nobody.
int leading_class(const MemberRecord& record) {
  if (record.is_confirmed_up()) return 0;
  if (record.rank == Rank::up) return 1;
  if (record.rank == Rank::leaving) return 2;
  if (record.rank == Rank::exiting) return 3;
  return record.rank == Rank::joining ? 4 : 5;
}

/// Whether nothing has changed since: it is looked at again and again while it is carried out.
bool is_same(const Membership::Decision& a, const Membership::Decision& b) {
  return a.count > 0 && a.outcome.verdict == b.outcome.verdict && a.was_told == b.was_told &&
         a.unreachable == b.unreachable && a.members == b.members;
}

}  // namespace

void Membership::assess_reachability(TimePoint now) {
  bool hears_all = true;
  lost_.clear();
  for (const auto& [identity, peer] : peers_) hears_all &= !is_silent(identity, now);
  std::set<Identity> unreachable;
  reaches_all_ = hears_all && table_.accusations() == 0;
  if (reaches_all_) {
    suspected_since_.clear();
    unreached_.clear();
  } else {
    const auto silent = [&](const Identity& identity) { return is_silent(identity, now); };
    Reachability seen = reachability(self_, table_, rings_, silent);
    std::erase_if(suspected_since_,
                  [&](const auto& entry) { return !seen.suspects.contains(entry.first); });
    for (const auto& [identity, suspect] : seen.suspects) {
      const TimePoint since = suspected_since_.try_emplace(identity, now).first->second;
      if (!suspect.is_unreachable()) continue;
      const std::size_t others = suspect.watchers_reached - 1;
      const TimePoint counts = later(since, suspicion_time(times_, suspect.accusers - 1, others));
      if (now >= counts) {
        unreachable.insert(identity);
      } else {
        wake_at(counts);
      }
    }
    unreachable.merge(seen.unwatched);
    unreached_ = std::move(seen.unreached);
  }
  if (unreachable != unreachable_) {
    if (unreachable_.empty()) unstable_since_ = now;
    unreachable_ = std::move(unreachable);
    ++marks_;
    unreachable_since_ = now;
  }
  if (!unreachable_.empty()) decide_if_stable(now);
}

void Membership::decide_if_stable(TimePoint now) {
  const TimePoint at = std::min(later(unreachable_since_, times_.stable),
                                later(unstable_since_, times_.unstable_max));
  if (now < at) return wake_at(at);
  if (now < pausing_until_) return wake_at(pausing_until_);
  // Whoever is silent and not accused yet is on neither side: to decide on a part of those that are
  // cut off would down one after the other, each time by a majority.
  std::set<Identity> lost = unreachable_;
  if (!reaches_all_) lost.insert(unreached_.begin(), unreached_.end());
  const TimePoint latest = later(unstable_since_, times_.unstable_max);
  if (lost.size() > unreachable_.size() && now < latest) return wake_at(latest);
  Decision decision;
  decision.unreachable = lost;
  for (const auto& [identity, kept] : table_.records()) {
    if (kept.record.rank <= Rank::exiting) decision.members.push_back(kept.record);
  }
  // Whoever was told that it is down does not win a tie: the one who said so may have won it.
  decision.was_told = !voices_.empty();
  decision.outcome = decide(decision.members, lost, settings_.split_brain, decision.was_told);
  decision.count = decision_.count;
  if (!is_same(decision, decision_)) ++decision.count;
  decision_ = std::move(decision);
  if (settings_.by_table) return find_lost(now, at);
  if (decision_.outcome.verdict == Verdict::down_self) return condemn(now);
  if (decision_.outcome.verdict == Verdict::down_them) execute(now, at);
}

void Membership::execute(TimePoint now, TimePoint decided) {
  if (!mine().is_confirmed_up()) return;
  if (leader() != self_ && now < later(decided, times_.stable / 2)) {
    return wake_at(later(decided, times_.stable / 2));
  }
  for (const Identity& identity : unreachable_) {
    raise_rank(identity, Rank::down, Cause::down, now);
  }
  unstable_since_ = now;
}

/// It takes as long as to look at all members.
std::optional<Identity> Membership::leader() const {
  if (const std::pair of{table_.version(), marks_}; leader_of_ != of) {
    leader_ = find_leader();
    leader_of_ = of;
  }
  return leader_;
}

std::optional<Identity> Membership::find_leader() const {
  int best = 5;
  for (const auto& [identity, kept] : table_.records()) {
    best = std::min(best, leading_class(kept.record));
  }
  const MemberRecord* leading = nullptr;
  for (const auto& [identity, kept] : table_.records()) {
    const MemberRecord& record = kept.record;
    if (leading_class(record) != best || best == 5 || unreachable_.contains(identity)) continue;
    if (leading == nullptr || record.up_number < leading->up_number) leading = &record;
  }
  return leading ? std::optional(leading->identity) : std::nullopt;
}

bool Membership::all_echoed(const Identity& subject) const {
  const std::uint64_t version = table_.find_kept(subject)->version;
  return std::ranges::all_of(table_.records(), [&](const auto& entry) {
    const auto& [identity, kept] = entry;
    if (identity == self_ || identity == subject) return true;
    if (kept.record.rank != Rank::up && kept.record.rank != Rank::leaving) return true;
    const auto peer = peers_.find(identity);
    return peer != peers_.end() && std::max(peer->second.acked, peer->second.vouched) >= version;
  });
}

/// Whoever is not heard by the leader may be heard by others: nobody is accused then, so that state
/// may last, and newcomers would never be confirmed. To be called with beats.
void Membership::ask_for_echoes(TimePoint now) {
  std::uint64_t needed = 0;
  for (const auto& [identity, kept] : table_.records()) {
    const MemberRecord& record = kept.record;
    const bool waits =
        record.rank == Rank::joining || (record.rank == Rank::up && record.provisional);
    if (waits && now - kept.rank_since >= times_.heartbeat) needed = std::max(needed, kept.version);
  }
  for (auto& [identity, peer] : peers_) {
    peer.vouched = 0;  // Who had to start anew has forgotten what it knew: nothing said is kept.
    const MemberRecord* const record = table_.find(identity);
    if (peer.acked >= needed || record == nullptr) continue;
    if (record->rank == Rank::up || record->rank == Rank::leaving) {
      ask_watchers(identity, EchoRequest{identity}, now);
    }
  }
}

void Membership::on_echo_request(const Identity& from, const EchoRequest& request, TimePoint now) {
  const auto at = peers_.find(request.of);
  if (at == peers_.end() || !at->second.is_watched) return;
  const Peer& peer = at->second;
  if (has_missed_a_beat(peer, now) || peer.acked < table_.version()) return;
  send(from, EchoResult{request.of, table_.view_digest()});
}

void Membership::on_echo_result(const EchoResult& result, TimePoint now) {
  const auto at = peers_.find(result.of);
  if (at == peers_.end() || result.view_digest != table_.view_digest()) return;
  at->second.vouched = table_.version();
  wake_at(now);
}

/// Whether the static quorum has no room for the newcomer. Two members may each have let in the
/// last one: that is found out where all of them are known.
bool Membership::is_one_too_many(const MemberRecord& newcomer) const {
  const SplitBrainSettings& settings = settings_.split_brain;
  if (settings.strategy != SplitBrainStrategy::static_quorum) return false;
  const auto is_before = [&](const auto& entry) {
    const MemberRecord& other = entry.second.record;
    if (other.rank < Rank::up || other.rank > Rank::exiting) return false;
    if (other.identity == newcomer.identity) return false;
    return newcomer.rank == Rank::joining || !other.provisional ||
           other.up_number < newcomer.up_number;
  };
  const auto before = static_cast<std::size_t>(std::ranges::count_if(table_.records(), is_before));
  return before >= 2 * settings.quorum - 1;
}

/// Whether nobody is left who was confirmed. Who is provisional outlives them on each side of a
/// cut, and would confirm itself on each: it starts anew instead.
bool Membership::is_orphaned(TimePoint now) {
  const bool has_confirmed = std::ranges::any_of(table_.records(), [](const auto& entry) {
    const MemberRecord& record = entry.second.record;
    return !record.provisional && (record.rank == Rank::up || record.rank == Rank::leaving);
  });
  if (has_confirmed || mine().rank > Rank::up) {
    orphaned_since_.reset();
    return false;
  }
  if (!orphaned_since_) orphaned_since_ = now;
  const TimePoint at = later(*orphaned_since_, times_.stable);  // News may be under way.
  if (now >= at) {
    condemn(now);
  } else {
    wake_at(at);
  }
  return true;
}

void Membership::lead(TimePoint now) {
  tells_all_ = false;
  if (is_orphaned(now)) return;
  if (leader() != self_) return;
  std::vector<Identity> waiting;
  for (const auto& [identity, kept] : table_.records()) {
    const MemberRecord& record = kept.record;
    if (!record.is_confirmed_up()) waiting.push_back(identity);
    tells_all_ |= record.rank == Rank::joining || (record.rank == Rank::up && record.provisional);
  }
  if (tells_all_) {
    for (const Identity& identity : rings_.members()) {
      if (identity != self_) peers_.try_emplace(identity);
    }
  }
  for (const Identity& identity : waiting) lead_one(identity, now);
}

void Membership::lead_one(const Identity& identity, TimePoint now) {
  const MemberTable::KeptRecord& kept = *table_.find_kept(identity);
  MemberRecord record = kept.record;
  const Duration age = now - kept.rank_since;
  const auto wait = [&](Duration until) { wake_at(later(kept.rank_since, until)); };
  const bool is_reachable = !unreachable_.contains(identity);
  if (record.rank <= Rank::up && is_one_too_many(record)) {  // Who is down may make room yet.
    if (age < settings_.leave_timeout) return wait(settings_.leave_timeout);
    return raise_rank(identity, Rank::down, Cause::down, now);
  }
  switch (record.rank) {
    case Rank::joining:
      if (!is_reachable) return;
      if (all_echoed(identity)) {
        record.provisional = false;
      } else if (age < times_.echo_max) {
        return wait(times_.echo_max);
      }
      record.rank = Rank::up;
      for (const auto& [other, known] : table_.records()) {
        record.up_number = std::max(record.up_number, known.record.up_number + 1);
      }
      table_.merge(record, now);
      return;
    case Rank::up:
      if (!all_echoed(identity)) return;
      record.provisional = false;
      table_.merge(record, now);
      return;
    case Rank::leaving:
    case Rank::exiting:
      if (!is_reachable && age >= settings_.leave_timeout) {
        return raise_rank(identity, Rank::down, Cause::down, now);
      }
      if (!is_reachable) wait(settings_.leave_timeout);
      if (record.rank == Rank::leaving || identity == self_) return;
      if (!all_echoed(identity) && age < times_.echo_max) return wait(times_.echo_max);
      return raise_rank(identity, Rank::removed, Cause::left, now);
    case Rank::down:
      if (age < times_.takeover_margin && !planted(Bug::removes_at_down)) {
        return wait(times_.takeover_margin);
      }
      return raise_rank(identity, Rank::removed, Cause::down, now);
    case Rank::removed: return;
  }
}

}  // namespace troupe::cluster
