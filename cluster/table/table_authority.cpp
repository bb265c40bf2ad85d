#include <troupe/cluster/table/table_authority.hpp>

#include <algorithm>
#include <utility>

namespace troupe::cluster {
namespace {

constexpr std::size_t few = 1;  // Its own times do not grow with the cluster.

constexpr const char* says_down = "the table says that this life of the node is down";

/// Refutations are not told to the table: one that comes by gossip shows that its author is heard.
bool is_beyond(const MemberRecord& wanted, const MemberRecord& row) {
  return wanted.rank > row.rank || wanted.meta_number > row.meta_number;
}

}  // namespace

TableAuthority::TableAuthority(Settings settings, Identity self, std::uint64_t seed, TimePoint now)
    : settings_(settings),
      self_(std::move(self)),
      random_(seed),
      times_(membership_times(settings.detection, few)),
      wake_(now) {}

void TableAuthority::connected(std::string_view server, TimePoint now) {
  if (is_joined_ && !server_.empty() && server != server_) doubt("another server answers");
  server_ = server;
  wake_at(now);
}

void TableAuthority::doubt(std::string_view why) {
  if (!must_merge_) ++counts_.doubts;
  problem_ = "the history of the table is doubted: " + std::string(why);
  must_merge_ = true;
  is_copying_ = false;
  copied_.clear();
  if (sent_) sent_->is_doubted = true;
}

void TableAuthority::failed(std::string_view why, TimePoint now) {
  ++counts_.failures;
  failed_at_ = now;
  problem_ = why;
  sent_.reset();
  const auto pause = static_cast<std::uint64_t>(times_.renewal.count());
  retry_at_ = later(now, Duration(static_cast<Duration::rep>(pause / 2 + random_.below(pause))));
  wake_at(now);
}

void TableAuthority::answered(const TableAnswer& answer, TimePoint now) {
  if (!sent_) return;
  const Sent sent = *std::exchange(sent_, std::nullopt);
  const Kind kind = sent.request.kind;
  wake_at(now);
  if (sent.is_doubted) return;  // It may be the word of either history.
  if (answer.status == TableStatus::full) {
    note_full(answer, now);
    failed("the cluster has all the members that it may have", now);
    return;
  }
  end_if_over(answer);
  if (is_over_) return;
  if (!fits(answer, sent.request)) {
    if (kind != Kind::merge) return doubt(to_string(answer.status));
    return failed("the table was lost while it was merged", now);
  }
  if (kind != Kind::read) problem_.clear();  // A replica answers that, too.
  if (kind == Kind::join) owns_from_ = later(now, times_.lease + times_.lease_margin);
  if (kind == Kind::join || kind == Kind::merge) {
    is_joined_ = true;
    must_merge_ = false;
    generation_ = answer.generation;
    cluster_ = answer.cluster;
    version_ = floor_ = 0;
    seen_ = std::max(seen_, answer.version);
    if (kind == Kind::merge) doubts_until_ = later(now, times_.lease + times_.lease_margin);
  }
  if (kind == Kind::renew && answer.status == TableStatus::done) {
    note_lost_lease(now);
    lease_until_ = later(sent.at, times_.lease);
    ++round_;
  }
  if (kind == Kind::vote && !sent.request.accuses) voted_.erase(sent.request.subject);
  absorb(answer, sent.request);
}

void TableAuthority::note_full(const TableAnswer& answer, TimePoint now) {
  const bool is_same =
      full_ && full_->generation == answer.generation && full_->renewals == answer.renewals;
  if (!is_same) full_ = Full{answer.generation, answer.renewals, now};
}

/// Whoever had no lease for a while may be down, in a history that it has not seen.
void TableAuthority::note_lost_lease(TimePoint now) {
  if (lease_until_ == TimePoint::min() || now < lease_until_) return;
  ++counts_.leases_lost;
  doubts_until_ = std::max(doubts_until_, later(now, times_.lease + times_.lease_margin));
}

void TableAuthority::end_if_over(const TableAnswer& answer) {
  const bool has_missed_its_end =
      answer.status == TableStatus::unknown_member && version_ < answer.floor;
  if (answer.status == TableStatus::down || has_missed_its_end) {
    problem_ = says_down;
  } else if (answer.status == TableStatus::other_cluster) {
    problem_ = "the table is that of another cluster of this name";
  } else {
    return;
  }
  is_over_ = true;
}

/// Whether it is of the history that this node knows.
bool TableAuthority::fits(const TableAnswer& answer, const TableRequest& request) const {
  if (request.kind == Kind::join || request.kind == Kind::merge) {
    return answer.status == TableStatus::done;
  }
  const bool is_known = answer.status == TableStatus::done || answer.status == TableStatus::stale ||
                        answer.status == TableStatus::refused;
  return is_known && answer.version >= version_;
}

void TableAuthority::absorb(const TableAnswer& answer, const TableRequest& request) {
  if (request.since == 0 || answer.starts_anew) {
    copied_.clear();
    is_anew_ = true;
  } else if (!is_copying_) {
    is_anew_ = false;
  }
  counts_.rows_received += answer.rows.size();
  copied_.insert(copied_.end(), answer.rows.begin(), answer.rows.end());
  floor_ = answer.floor;
  is_copying_ = answer.has_more;
  if (is_copying_) return;
  version_ = answer.version;
  seen_ = std::max(seen_, version_);
  complete_copy();
}

/// A version is taken over as a whole.
void TableAuthority::complete_copy() {
  std::set<Identity> present;
  for (const TableRow& row : copied_) {
    present.insert(row.record.identity);
    take_row(row);
  }
  copied_.clear();
  for (auto at = rows_.begin(); at != rows_.end();) {
    const bool is_grave = at->second.record.rank == Rank::removed;
    if (is_anew_ && !present.contains(at->first) && !is_grave) {
      // The table has forgotten even its grave. Of one that did not leave it is safer to say that
      // it is down: what depended on it is asked then.
      const bool has_left =
          at->second.record.rank == Rank::leaving || at->second.record.rank == Rank::exiting;
      if (!has_left) at->second.record.cause = Cause::down;
      at->second.record.rank = Rank::removed;
      news_.push_back(at->second.record);
    }
    const bool is_forgotten = is_grave && at->second.version <= floor_;
    at = is_forgotten ? rows_.erase(at) : std::next(at);
  }
}

void TableAuthority::take_row(const TableRow& row) {
  if (row.record.identity == self_ && row.record.rank >= Rank::down) problem_ = says_down;
  const auto [at, is_new] = rows_.try_emplace(row.record.identity, row);
  if (!is_new && at->second.record == row.record) {
    at->second.version = row.version;
    return;
  }
  at->second = row;
  news_.push_back(row.record);
}

void TableAuthority::tell(Membership& core, TimePoint now) {
  if (core.ended()) return;
  if (is_over_) return core.lose_table(now);
  if (!news_.empty()) core.adopt(cluster_, std::exchange(news_, {}), now);
  core.note_failure_of_table(failed_at_);
  const bool owns_nothing = is_doubting(now) || now < owns_from_;
  core.hold_lease_until(owns_nothing ? TimePoint::min() : lease_until_, now);
}

TableRequest TableAuthority::request(Kind kind) const {
  TableRequest request;
  request.kind = kind;
  request.generation = generation_;
  request.since = is_copying_ && !copied_.empty() ? copied_.back().version : version_;
  request.floor = floor_;
  request.actor = self_;
  request.limits = settings_.limits;
  return request;
}

std::optional<TableRequest> TableAuthority::ask(Membership& core, TimePoint now) {
  wake_ = TimePoint::max();
  if (core.ended() || is_over_ || sent_) return std::nullopt;
  if (now < retry_at_) {
    wake_at(retry_at_);
    return std::nullopt;
  }
  std::optional<TableRequest> next = next_request(core, now);
  if (next) has_just_renewed_ = next->kind == Kind::renew;
  if (next && has_just_renewed_) next_renewal_ = later(now, times_.renewal);
  if (now < doubts_until_) wake_at(doubts_until_);
  if (now < owns_from_) wake_at(owns_from_);
  wake_at(std::max(next_renewal_, now));
  if (!next) return std::nullopt;
  ++counts_.requests;
  sent_ = Sent{*next, now, false};
  return next;
}

std::optional<TableRequest> TableAuthority::next_request(Membership& core, TimePoint now) {
  if (!is_joined_) {
    if (core.is_leaving()) return std::nullopt;
    return join_request(core, now);
  }
  if (must_merge_) return merge_request(core);
  // A server that takes longer to answer than the pause between renewals is asked other things too.
  const bool is_due = now >= next_renewal_;
  if (is_due && !has_just_renewed_) return request(Kind::renew);
  if (auto other = next_but_renewals(core, now)) return other;
  if (is_due) return request(Kind::renew);
  return std::nullopt;
}

std::optional<TableRequest> TableAuthority::next_but_renewals(Membership& core, TimePoint now) {
  if (is_copying_) return request(Kind::read);
  if (auto change = next_change(core, now)) return change;
  if (!is_doubting(now)) {
    if (auto vote = next_vote(core)) return vote;
    if (auto removal = next_removal(core, now)) return removal;
  }
  if (core.take_hint()) return request(Kind::read);
  return std::nullopt;
}

/// Where nobody in a full table has renewed its lease for as long as anybody may own by it, all of
/// them are gone, and nobody is left to say so.
TableRequest TableAuthority::join_request(Membership& core, TimePoint now) {
  core.note_asked_table();
  TableRequest join = request(Kind::join);
  join.records = {core.wanted(now)};
  join.cluster = random_.next() | 1U;
  join.new_generation = random_.next() | 1U;
  if (settings_.split_brain.strategy == SplitBrainStrategy::static_quorum) {
    join.quorum_max = 2 * settings_.split_brain.quorum - 1;
  }
  if (full_ && now - full_->since >= times_.lease + times_.lease_margin) {
    join.generation = full_->generation;
    join.idle_at = full_->renewals;
  }
  return join;
}

TableRequest TableAuthority::merge_request(const Membership& core) {
  TableRequest merge = request(Kind::merge);
  merge.since = merge.floor = 0;
  merge.cluster = cluster_;
  merge.new_generation = random_.next() | 1U;
  merge.seen = seen_;
  MemberRecord mine = *core.table().find(self_);
  if (const auto own = rows_.find(self_); own != rows_.end()) {
    const Rank rank = std::max(own->second.record.rank, mine.rank);
    mine = own->second.record;
    mine.rank = rank;
  }
  merge.records.push_back(std::move(mine));  // The copy may not have come as far as its row.
  for (const auto& [identity, row] : rows_) {
    if (identity != self_) merge.records.push_back(row.record);
  }
  return merge;
}

std::optional<TableRequest> TableAuthority::next_change(Membership& core, TimePoint now) {
  const auto own = rows_.find(self_);
  if (own == rows_.end()) return std::nullopt;
  MemberRecord wanted = core.wanted(now);
  const bool rises = own->second.record.rank == Rank::joining && wanted.rank == Rank::up;
  if (rises && is_doubting(now)) wanted.rank = Rank::joining;
  if (!is_beyond(wanted, own->second.record)) return std::nullopt;
  wanted.refutation = own->second.record.refutation;
  TableRequest change = request(Kind::change);
  change.records = {std::move(wanted)};
  return change;
}

/// Each vote is cast again with each renewal, so none is lost for long, and none outlives its
/// cause.
std::optional<TableRequest> TableAuthority::next_vote(const Membership& core) {
  for (const Identity& subject : core.ordered_down()) {
    if (std::exchange(voted_[subject], round_ + 1) == round_ + 1) continue;
    TableRequest down = request(Kind::down);
    down.subject = subject;
    return down;
  }
  const std::set<Identity> accused = core.accused();
  const auto own = rows_.find(self_);
  if (own == rows_.end() || own->second.record.rank != Rank::up) return std::nullopt;
  for (const Identity& subject : accused) {
    const MemberRecord* const record = core.table().find(subject);
    if (record == nullptr || record->rank >= Rank::down) continue;
    if (std::exchange(voted_[subject], round_ + 1) == round_ + 1) continue;
    TableRequest vote = request(Kind::vote);
    vote.subject = subject;
    vote.refutation = record->refutation;
    return vote;
  }
  for (auto& [subject, round] : voted_) {
    if (accused.contains(subject) || core.ordered_down().contains(subject)) continue;
    if (std::exchange(round, round_ + 1) == round_ + 1) continue;
    TableRequest vote = request(Kind::vote);
    vote.subject = subject;
    vote.accuses = false;
    const MemberRecord* const record = core.table().find(subject);
    if (record != nullptr) vote.refutation = record->refutation;
    return vote;
  }
  return std::nullopt;
}

std::optional<TableRequest> TableAuthority::next_removal(const Membership& core, TimePoint now) {
  for (const Identity& subject : core.removable(now)) {
    const auto row = rows_.find(subject);
    if (row == rows_.end() || removed_[subject] == row->second.version + round_) continue;
    removed_[subject] = row->second.version + round_;
    TableRequest remove = request(Kind::remove);
    remove.subject = subject;
    remove.subject_version = row->second.version;
    return remove;
  }
  std::erase_if(removed_, [&](const auto& entry) { return !core.table().find(entry.first); });
  return std::nullopt;
}

}  // namespace troupe::cluster
