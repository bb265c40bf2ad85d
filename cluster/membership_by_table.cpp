// A Membership whose ranks come from a table outside: what it takes from there, whom it holds for
// lost, and what it wants to stand there.
#include <algorithm>
#include <troupe/cluster/membership.hpp>
#include <utility>

namespace troupe::cluster {

void Membership::adopt(std::uint64_t cluster, const std::vector<MemberRecord>& rows,
                       TimePoint now) {
  if (ended_) return;
  notice_pause(now);
  if (!is_member_) {
    become_member(cluster, now);
    settled_ = true;  // A table has one cluster for ever.
  }
  bool is_over = false;
  for (const MemberRecord& row : rows) {
    if (row.identity == self_) {
      const bool has_left = row.rank == Rank::removed && row.cause == Cause::left;
      exit_is_known_ = row.rank == Rank::exiting || has_left;
      is_over = row.rank >= Rank::down;
      if (is_over) continue;
    }
    table_.merge(row, now);
  }
  if (is_over) return lose_table(now);
  wake_at(now);
}

void Membership::lose_table(TimePoint now) {
  if (ended_) return;
  if (exiting_since_) return end(End::left, now);  // The others are done with it.
  condemn(now);
}

void Membership::hold_lease_until(TimePoint until, TimePoint now) {
  if (until == lease_until_ || ended_) return;
  lease_until_ = until;
  wake_at(now);
}

/// What others have from the table is believed as far as it ends nobody, so that who is cut from
/// the server watches newcomers as well: by its silence it would vouch for them. Whoever hears that
/// somebody is down, or has missed anything, looks again what the table says.
void Membership::absorb_by_table(const News& news, TimePoint now) {
  const std::uint64_t before = table_.version();
  for (const MemberRecord& record : news.records) {
    const MemberRecord* const known = table_.find(record.identity);
    if (table_.is_removed(record.identity)) continue;
    is_behind_ |= known == nullptr || known->rank < record.rank;
    MemberRecord living = record;
    if (record.rank > Rank::exiting || record.identity == self_) {
      if (known == nullptr) continue;
      living = *known;
      living.refutation = std::max(known->refutation, record.refutation);
    }
    table_.merge(living, now);
  }
  for (const Observation& observation : news.observations) {
    table_.merge(observation);
    if (observation.subject == self_) refute(observation, now);
  }
  if (table_.version() != before || is_behind_) wake_at(now);
}

/// The table may have let this node in before it hears so; it lives, whatever it knows.
void Membership::answer_before_joining(const Envelope& envelope) {
  const auto* const ping = std::get_if<Ping>(&envelope.message);
  if (!settings_.by_table || ping == nullptr) return;
  actions_.sent.push_back({envelope.cluster, self_, envelope.from, Pong{ping->number, {}}});
}

/// Whoever looks for seeds here is of the other authority.
void Membership::refuse_gossip(const Identity& from, const Message& message) {
  if (!std::holds_alternative<Look>(message) && !std::holds_alternative<Join>(message)) return;
  send(from, Refuse{Refusal::other_authority,
                    "this node's cluster has its table in Redis: set cluster.redis there as well, "
                    "or use another cluster name"});
}

/// The side that would go on without a table votes at once, and the other one when that side has
/// had the time to, with a table that has answered all the while: if it has not, it is gone, or has
/// no table.
void Membership::find_lost(TimePoint now, TimePoint decided) {
  const Verdict verdict = decision_.outcome.verdict;
  const TimePoint at = verdict == Verdict::down_self
                           ? later(std::max(decided, table_failed_at_), times_.last_word)
                           : decided;
  if (verdict != Verdict::nobody && now < at) return wake_at(at);
  for (const Identity& identity : unreachable_) {
    const MemberTable::KeptRecord* const kept = table_.find_kept(identity);
    if (kept == nullptr || kept->record.rank > Rank::exiting) continue;
    const TimePoint leaves_by = later(kept->rank_since, settings_.leave_timeout);
    if (kept->record.rank <= Rank::up || now >= leaves_by) {
      lost_.insert(identity);
    } else {
      wake_at(leaves_by);
    }
  }
}

void Membership::advance_by_table(TimePoint now) {
  const auto is_over = [&](const Identity& identity) {
    const MemberRecord* const record = table_.find(identity);
    return record == nullptr || record->rank >= Rank::down;
  };
  std::erase_if(replaced_, is_over);
  std::erase_if(ordered_down_, is_over);
  // Who came up here before this node did is a former life at its address.
  for (const auto& [identity, kept] : table_.records()) {
    if (identity == self_ || identity.address != self_.address || is_over(identity)) continue;
    const std::uint32_t number = kept.record.up_number;
    if (number != 0 && number < mine().up_number) replaced_.insert(identity);
  }
  const TimePoint rises_by = later(table_.find_kept(self_)->rank_since, times_.echo_max);
  if (mine().rank == Rank::joining && now < rises_by) wake_at(rises_by);
  if (now < lease_until_) wake_at(lease_until_);
}

bool Membership::may_come_up(TimePoint now) const {
  if (mine().rank != Rank::joining || leave_deadline_) return false;
  if (now - table_.find_kept(self_)->rank_since >= times_.echo_max) return true;
  std::size_t up = 0;
  std::size_t greeted = 0;
  for (const auto& [identity, kept] : table_.records()) {
    if (kept.record.rank != Rank::up) continue;
    ++up;
    if (greeted_.contains(identity)) ++greeted;
  }
  return up == 0 || 2 * greeted > up;
}

MemberRecord Membership::wanted(TimePoint now) const {
  MemberRecord record = mine();
  if (is_member_ && may_come_up(now)) record.rank = Rank::up;
  return record;
}

std::set<Identity> Membership::accused() const {
  std::set<Identity> all = lost_;
  all.insert(replaced_.begin(), replaced_.end());
  return all;
}

std::vector<Identity> Membership::removable(TimePoint now) const {
  const std::optional<Identity> first = leader();
  std::vector<Identity> found;
  for (const auto& [identity, kept] : table_.records()) {
    if (identity == self_ || kept.record.rank < Rank::exiting) continue;
    Duration wait = times_.echo_max;
    if (kept.record.rank == Rank::down) wait = times_.lease + times_.lease_margin;
    if (first != self_) wait += times_.lease;  // The leader may have no table.
    if (now - kept.rank_since >= wait) found.push_back(identity);
  }
  return found;
}

}  // namespace troupe::cluster
