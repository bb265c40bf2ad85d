#include <troupe/testkit/simulated_table.hpp>

#include <algorithm>
#include <utility>

namespace troupe::testkit {

using cluster::Cause;
using cluster::MemberRecord;
using cluster::Rank;
using cluster::table_key;

namespace {

bool is_full(std::size_t members, const cluster::TableRequest& request) {
  return members >= request.limits.members_max ||
         (request.quorum_max > 0 && members >= request.quorum_max);
}

}  // namespace

SimulatedTable::Answer SimulatedTable::handle(const Request& request) {
  const bool may_begin =
      request.kind == Request::Kind::join || request.kind == Request::Kind::merge;
  if (!may_begin && !is_there()) return {.status = Status::absent, .rows = {}};
  if (!may_begin && request.generation != generation_) {
    return {.status = Status::other_generation,
            .generation = generation_,
            .cluster = cluster_,
            .rows = {}};
  }
  if (!may_begin && request.kind != Request::Kind::read) {
    const auto mine = rows_.find(table_key(request.actor));
    if (mine == rows_.end()) return answer(Status::unknown_member, request);
    if (mine->second.record.rank >= Rank::down) return answer(Status::down, request);
  }
  const Status status = apply(request);
  if (status != Status::other_cluster) return answer(status, request);
  return {.status = status, .generation = generation_, .cluster = cluster_, .rows = {}};
}

SimulatedTable::Status SimulatedTable::apply(const Request& request) {
  switch (request.kind) {
    case Request::Kind::read: return Status::done;
    case Request::Kind::join: return join(request);
    case Request::Kind::change: return change(request);
    case Request::Kind::renew: leases_[table_key(request.actor)] = ++renewals_; return Status::done;
    case Request::Kind::vote: return vote(request);
    case Request::Kind::down: return down(request);
    case Request::Kind::remove: return remove(request);
    case Request::Kind::merge: return merge(request);
  }
  return Status::refused;
}

bool SimulatedTable::is_there() const {
  const bool is_whole = rows_.size() == log_.size() && graves_.size() == buried_;
  return has_begun_ && is_whole && !rows_.empty();
}

void SimulatedTable::begin(const Request& request) {
  flush();
  has_begun_ = true;
  cluster_ = request.cluster;
  generation_ = request.new_generation;
}

void SimulatedTable::put(const std::string& key, Row row) {
  if (const auto old = rows_.find(key); old != rows_.end()) log_.erase(old->second.version);
  row.version = ++version_;
  row.record.provisional = row.record.up_number == 0;
  log_[row.version] = key;
  rows_[key] = std::move(row);
}

void SimulatedTable::end_life(const std::string& key, Row row, std::size_t graves_max) {
  const Rank rank = row.record.rank;
  if (rank == Rank::removed) row.record.meta = {};
  graves_.erase(row.version);
  put(key, std::move(row));
  votes_.erase(key);
  if (rank < Rank::removed) return;
  leases_.erase(key);
  graves_[version_] = key;
  while (graves_.size() > graves_max) {
    const auto [version, oldest] = *graves_.begin();
    graves_.erase(version);
    log_.erase(version);
    rows_.erase(oldest);
    floor_ = version;
  }
  buried_ = graves_.size();
}

bool SimulatedTable::is_full_of_members(const Request& request) {
  const bool is_idle = generation_ == request.generation && request.idle_at == renewals_;
  std::vector<Row> idle;
  std::size_t members = 0;
  for (const auto& [key, row] : rows_) {
    if (is_idle && row.record.rank <= Rank::exiting) idle.push_back(row);
    if (!is_idle && row.record.rank <= Rank::leaving) ++members;
  }
  for (Row& row : idle) {
    row.record.rank = Rank::down;
    row.record.cause = Cause::down;
    end_life(table_key(row.record.identity), row, 0);
  }
  return is_full(members, request);
}

SimulatedTable::Status SimulatedTable::join(const Request& request) {
  const std::string key = table_key(request.actor);
  if (is_there()) {
    const auto known = rows_.find(key);
    if (known != rows_.end()) {
      return known->second.record.rank >= Rank::down ? Status::down : Status::done;
    }
    const std::size_t rows = rows_.size() - graves_.size();
    if (is_full(rows, request) && is_full_of_members(request)) return Status::full;
  } else {
    begin(request);
  }
  Row row{request.records.at(0)};
  row.record.rank = Rank::joining;
  row.record.cause = Cause::left;
  row.record.up_number = 0;
  put(key, std::move(row));
  leases_[key] = renewals_;
  return Status::done;
}

SimulatedTable::Status SimulatedTable::change(const Request& request) {
  const std::string key = table_key(request.actor);
  Row row = rows_[key];
  const MemberRecord& wanted = request.records.at(0);
  MemberRecord& mine = row.record;
  const MemberRecord before = mine;
  if (wanted.rank > mine.rank && wanted.rank <= Rank::exiting) {
    if (wanted.rank == Rank::up) mine.up_number = ++ups_;
    mine.rank = wanted.rank;
  }
  mine.refutation = std::max(mine.refutation, wanted.refutation);
  if (wanted.meta_number > mine.meta_number) {
    mine.meta_number = wanted.meta_number;
    mine.meta = wanted.meta;
  }
  if (mine != before) put(key, std::move(row));
  return Status::done;
}

SimulatedTable::Electorate SimulatedTable::electorate() const {
  Electorate all;
  for (const auto& [key, lease] : leases_) {
    const auto row = rows_.find(key);
    if (row == rows_.end()) continue;
    if (row->second.record.rank <= Rank::exiting) ++all.living;
    if (row->second.record.rank == Rank::up) all.up.insert(key);
  }
  return all;
}

bool SimulatedTable::is_fresh(const std::string& voter, const Electorate& all) const {
  const auto lease = leases_.find(voter);
  return lease != leases_.end() && renewals_ - lease->second <= 3 * all.living;
}

SimulatedTable::Status SimulatedTable::vote(const Request& request) {
  const std::string key = table_key(request.subject);
  const std::string actor = table_key(request.actor);
  const auto subject = rows_.find(key);
  if (subject == rows_.end() || key == actor) return Status::refused;
  if (subject->second.record.rank >= Rank::down) return Status::done;
  if (rows_[actor].record.rank != Rank::up) return Status::refused;
  const Electorate all = electorate();
  const std::uint32_t refutation = subject->second.record.refutation;
  if (!is_fresh(actor, all) || request.refutation < refutation) return Status::stale;

  std::vector<Vote>& votes = votes_[key];
  std::erase_if(votes, [&](const Vote& one) {
    return one.voter == actor || one.refutation < refutation || renewals_ - one.at > 3 * all.living;
  });
  if (request.accuses) votes.push_back({actor, request.refutation, renewals_});
  const auto counts = [&](const std::string& voter) {
    return all.up.contains(voter) && is_fresh(voter, all);
  };
  const auto voters = std::ranges::count_if(votes, counts, &Vote::voter);
  const auto others = std::ranges::count_if(
      all.up, [&](const std::string& voter) { return voter != key && is_fresh(voter, all); });
  const std::uint32_t up_number = subject->second.record.up_number;
  const bool is_older = up_number == 0 || rows_[actor].record.up_number < up_number;
  const bool is_alone = others < 2 && (is_older || !is_fresh(key, all));
  if (request.accuses && (voters >= 2 || (is_alone && voters == 1))) {
    Row row = subject->second;
    row.record.rank = Rank::down;
    row.record.cause = Cause::down;
    end_life(key, std::move(row), 0);
  } else if (votes.empty()) {
    votes_.erase(key);
  }
  return Status::done;
}

SimulatedTable::Status SimulatedTable::down(const Request& request) {
  const std::string key = table_key(request.subject);
  const auto subject = rows_.find(key);
  if (subject == rows_.end()) return Status::refused;
  if (subject->second.record.rank >= Rank::down) return Status::done;
  Row row = subject->second;
  row.record.rank = Rank::down;
  row.record.cause = Cause::down;
  end_life(key, std::move(row), 0);
  return Status::done;
}

SimulatedTable::Status SimulatedTable::remove(const Request& request) {
  const std::string key = table_key(request.subject);
  const auto subject = rows_.find(key);
  if (subject == rows_.end() || subject->second.record.rank == Rank::removed) return Status::done;
  if (request.subject == request.actor || subject->second.record.rank < Rank::exiting) {
    return Status::refused;
  }
  if (subject->second.version != request.subject_version) return Status::stale;
  Row row = subject->second;
  row.record.rank = Rank::removed;
  end_life(key, std::move(row), request.limits.graves_max);
  return Status::done;
}

SimulatedTable::Status SimulatedTable::merge(const Request& request) {
  const bool was_there = is_there();
  const bool is_other = was_there && cluster_ != request.cluster;
  bool has_lost = was_there && !is_other && version_ < request.seen;
  if (!was_there || (is_other && request.seen > version_)) {
    begin(request);
  } else if (is_other) {
    return Status::other_cluster;
  }
  version_ = std::max(version_, request.seen) + 1;
  for (const MemberRecord& theirs : request.records) {
    const std::string key = table_key(theirs.identity);
    const auto known = rows_.find(key);
    Row row = known == rows_.end() ? Row{theirs} : known->second;
    const bool changes = merge_into(row.record, theirs) || known == rows_.end();
    ups_ = std::max(ups_, row.record.up_number);
    if (changes && row.record.rank >= Rank::down) {
      end_life(key, std::move(row), request.limits.graves_max);
    } else if (changes) {
      put(key, std::move(row));
    }
    has_lost = has_lost || changes;
  }
  const bool rolls = was_there && has_lost && generation_ == request.generation;
  if (rolls) generation_ = request.new_generation;
  return Status::done;
}

bool SimulatedTable::merge_into(MemberRecord& into, const MemberRecord& from) {
  const MemberRecord before = into;
  into.rank = std::max(into.rank, from.rank);
  into.cause = std::max(into.cause, from.cause);
  into.refutation = std::max(into.refutation, from.refutation);
  if (from.up_number > 0 && (into.up_number == 0 || from.up_number < into.up_number)) {
    into.up_number = from.up_number;
  }
  if (from.meta_number > into.meta_number) {
    into.meta_number = from.meta_number;
    into.meta = from.meta;
  }
  return into != before;
}

SimulatedTable::Answer SimulatedTable::answer(Status status, const Request& request) const {
  Answer answer{.status = status,
                .generation = generation_,
                .cluster = cluster_,
                .version = version_,
                .floor = floor_,
                .renewals = renewals_,
                .rows = {}};
  std::uint64_t since = request.since;
  if (since > version_ || (since < floor_ && floor_ != request.floor)) {
    since = 0;
    answer.starts_anew = true;
  }
  for (auto at = log_.upper_bound(since); at != log_.end(); ++at) {
    if (answer.rows.size() == cluster::table_page_rows) {
      answer.has_more = true;
      break;
    }
    answer.rows.push_back(rows_.at(at->second));
  }
  return answer;
}

}  // namespace troupe::testkit
