#include <troupe/cluster/member_table.hpp>

#include <algorithm>
#include <troupe/cluster/planted_bugs.hpp>
#include <utility>

namespace troupe::cluster {

std::uint64_t MemberTable::note(std::uint64_t old_version, Change change) {
  if (old_version != 0) changes_.erase(old_version);
  changes_.emplace_hint(changes_.end(), ++version_, std::move(change));
  return version_;
}

void MemberTable::count_living(Rank before, Rank after) noexcept {
  if ((before <= Rank::exiting) != (after <= Rank::exiting)) ++living_version_;
}

bool MemberTable::merge(const MemberRecord& record, TimePoint now) {
  const std::uint64_t hash = record.identity.hash();
  if (record.rank >= Rank::removed) return bury(hash, record.cause, now);
  if (tombstones_.contains(hash)) return bury(hash, record.cause, now);
  auto at = records_.find(record.identity);
  if (at == records_.end()) {
    if (records_.size() >= limits_.members_max) {
      ++counts_.records_refused;
      return false;
    }
    if (planted(Bug::forgets_tombstones)) forget_all_tombstones();
    at = records_.emplace(record.identity, KeptRecord{record, 0, now}).first;
    identities_.emplace(hash, record.identity);
    count_living(Rank::removed, record.rank);
  } else {
    MemberRecord merged = at->second.record;
    if (!merge_into(merged, record)) return false;
    view_digest_ -= view_hash(at->second.record);
    table_digest_ -= content_hash(at->second.record);
    if (merged.rank != at->second.record.rank) at->second.rank_since = now;
    count_living(at->second.record.rank, merged.rank);
    at->second.record = std::move(merged);
  }
  view_digest_ += view_hash(at->second.record);
  table_digest_ += content_hash(at->second.record);
  at->second.version = note(at->second.version, {Change::Kind::record, record.identity, {}, 0});
  return true;
}

bool MemberTable::merge(const Observation& observation) {
  if (is_removed(observation.subject) || is_removed(observation.accuser)) return false;
  const Pair pair{observation.subject, observation.accuser};
  auto at = observations_.find(pair);
  if (at == observations_.end()) {
    if (observations_.size() >= limits_.observations_max) {
      ++counts_.observations_refused;
      return false;
    }
    at = observations_.emplace(pair, std::pair(observation, std::uint64_t{0})).first;
  } else {
    if (!is_newer(observation, at->second.first)) return false;
    table_digest_ -= content_hash(at->second.first);
    if (at->second.first.accuses) --accusations_;
    at->second.first = observation;
  }
  table_digest_ += content_hash(observation);
  if (observation.accuses) ++accusations_;
  at->second.second = note(
      at->second.second, {Change::Kind::observation, observation.subject, observation.accuser, 0});
  return true;
}

bool MemberTable::merge(const Tombstone& tombstone, TimePoint now) {
  return bury(tombstone.identity_hash, tombstone.cause, now);
}

bool MemberTable::merge(const News& news, TimePoint now) {
  bool changed = false;
  for (const auto& tombstone : news.tombstones) changed |= merge(tombstone, now);
  for (const auto& record : news.records) changed |= merge(record, now);
  for (const auto& observation : news.observations) changed |= merge(observation);
  return changed;
}

bool MemberTable::bury(std::uint64_t hash, Cause cause, TimePoint now) {
  const auto known = identities_.find(hash);
  if (known != identities_.end()) {
    cause = std::max(cause, records_.at(known->second).record.cause);
    const Identity gone = known->second;
    forget_record(gone);
  }
  if (!tombstones_.contains(hash)) forget_observations(hash);
  const auto [at, is_new] = tombstones_.try_emplace(hash, Grave{cause, 0});
  if (!is_new) {
    if (at->second.cause >= cause) return false;
    at->second.cause = cause;
  } else {
    tombstones_by_age_.emplace_back(now, hash);
  }
  at->second.version = note(at->second.version, {Change::Kind::tombstone, {}, {}, hash});
  forget_old_tombstones(now);
  return true;
}

void MemberTable::forget_record(const Identity& identity) {
  const auto at = records_.find(identity);
  view_digest_ -= view_hash(at->second.record);
  table_digest_ -= content_hash(at->second.record);
  changes_.erase(at->second.version);
  count_living(at->second.record.rank, Rank::removed);
  identities_.erase(identity.hash());
  records_.erase(at);
}

void MemberTable::forget_observations(std::uint64_t hash) {
  for (auto seen = observations_.begin(); seen != observations_.end();) {
    const auto next = std::next(seen);
    if (seen->first.first.hash() == hash || seen->first.second.hash() == hash) {
      erase_observation(seen);
    }
    seen = next;
  }
}

void MemberTable::erase_observation(
    std::map<Pair, std::pair<Observation, std::uint64_t>>::iterator at) {
  table_digest_ -= content_hash(at->second.first);
  if (at->second.first.accuses) --accusations_;
  changes_.erase(at->second.second);
  observations_.erase(at);
}

void MemberTable::forget_old_tombstones(TimePoint now) {
  while (!tombstones_by_age_.empty() &&
         (tombstones_by_age_.size() > limits_.tombstones_max ||
          now - tombstones_by_age_.front().first > limits_.tombstones_kept)) {
    const auto at = tombstones_.find(tombstones_by_age_.front().second);
    changes_.erase(at->second.version);
    tombstones_.erase(at);
    tombstones_by_age_.pop_front();
    ++counts_.tombstones_forgotten;
  }
}

void MemberTable::clear() {
  MemberTable empty(limits_);
  empty.version_ = version_;
  empty.living_version_ = living_version_ + 1;
  empty.counts_ = counts_;
  *this = std::move(empty);
}

void MemberTable::forget_all_tombstones() {
  for (const auto& [hash, grave] : tombstones_) changes_.erase(grave.version);
  tombstones_.clear();
  tombstones_by_age_.clear();
}

const MemberRecord* MemberTable::find(const Identity& identity) const {
  const auto at = records_.find(identity);
  return at == records_.end() ? nullptr : &at->second.record;
}

const MemberTable::KeptRecord* MemberTable::find_kept(const Identity& identity) const {
  const auto at = records_.find(identity);
  return at == records_.end() ? nullptr : &at->second;
}

const Observation* MemberTable::find(const Identity& accuser, const Identity& subject) const {
  const auto at = observations_.find({subject, accuser});
  return at == observations_.end() ? nullptr : &at->second.first;
}

bool MemberTable::is_live(const Observation& observation) const {
  if (!observation.accuses) return false;
  const MemberRecord* subject = find(observation.subject);
  return subject != nullptr && observation.subject_refutation >= subject->refutation;
}

std::uint64_t MemberTable::changes_since(std::uint64_t since, std::size_t bytes_max, News& news,
                                         std::uint64_t same_until) const {
  std::size_t bytes = 0;
  std::uint64_t covered = since;
  for (auto at = changes_.upper_bound(since); at != changes_.end(); ++at) {
    const Change& change = at->second;
    const bool is_known = at->first <= same_until && change.kind != Change::Kind::tombstone;
    if (is_known) {
      covered = at->first;
      continue;
    }
    if (change.kind == Change::Kind::record) {
      const MemberRecord& record = records_.at(change.subject).record;
      bytes += wire_bytes(record);
      if (bytes > bytes_max && covered != since) return covered;
      news.records.push_back(record);
    } else if (change.kind == Change::Kind::observation) {
      const Observation& seen = observations_.at({change.subject, change.accuser}).first;
      bytes += wire_bytes(seen);
      if (bytes > bytes_max && covered != since) return covered;
      news.observations.push_back(seen);
    } else {
      bytes += 12;
      if (bytes > bytes_max && covered != since) return covered;
      news.tombstones.push_back({change.identity_hash, tombstones_.at(change.identity_hash).cause});
    }
    covered = at->first;
  }
  return version_;
}

std::vector<std::uint64_t> MemberTable::bucket_digests() const {
  std::vector<std::uint64_t> digests(bucket_count);
  for (const auto& [identity, kept] : records_) {
    digests[bucket_of(identity.hash())] += content_hash(kept.record);
  }
  for (const auto& [pair, kept] : observations_) {
    digests[bucket_of(pair.first.hash())] += content_hash(kept.first);
  }
  return digests;
}

std::uint64_t MemberTable::differences(const std::vector<std::uint64_t>& theirs, std::uint64_t skip,
                                       std::size_t bytes_max, News& news) const {
  const std::vector<std::uint64_t> mine = bucket_digests();
  std::uint64_t position = 0;
  std::size_t bytes = 0;
  const auto differs = [&](std::uint64_t hash) {
    const std::size_t bucket = bucket_of(hash);
    return bucket >= theirs.size() || mine[bucket] != theirs[bucket];
  };
  const auto take = [&](std::size_t size) {  // Whether it belongs on this page.
    if (position++ < skip || bytes > bytes_max) return false;
    bytes += size;
    return true;
  };
  for (const auto& [hash, grave] : tombstones_) {
    if (differs(hash) && take(12)) news.tombstones.push_back({hash, grave.cause});
  }
  for (const auto& [identity, kept] : records_) {
    if (!differs(identity.hash()) || !take(wire_bytes(kept.record))) continue;
    news.records.push_back(kept.record);
  }
  for (const auto& [pair, kept] : observations_) {
    if (!differs(pair.first.hash()) || !take(wire_bytes(kept.first))) continue;
    news.observations.push_back(kept.first);
  }
  const std::uint64_t taken =
      skip + news.tombstones.size() + news.records.size() + news.observations.size();
  return taken < position ? taken : 0;
}

std::vector<Tombstone> MemberTable::tombstones() const {
  std::vector<Tombstone> all;
  all.reserve(tombstones_.size());
  for (const auto& [hash, grave] : tombstones_) all.push_back({hash, grave.cause});
  std::ranges::sort(all, {}, &Tombstone::identity_hash);
  return all;
}

bool MemberTable::says_the_same(const MemberTable& other) const {
  const auto same_record = [](const auto& a, const auto& b) {
    return a.second.record == b.second.record;
  };
  const auto same_observation = [](const auto& a, const auto& b) {
    return a.second.first == b.second.first;
  };
  return std::ranges::equal(records_, other.records_, same_record) &&
         std::ranges::equal(observations_, other.observations_, same_observation) &&
         tombstones() == other.tombstones();
}

}  // namespace troupe::cluster
