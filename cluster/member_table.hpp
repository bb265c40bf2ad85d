// MemberTable: all that one node knows of the members: records, observations and tombstones.
//
// It is a join semilattice: merging the tables of two nodes, in any order and any number of times,
// gives the same table. A removed member's record and all that concerns it give way to its
// tombstone, the greatest that can be said of it. Forgetting tombstones is outside of the algebra.
// Owner only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <troupe/base/clock.hpp>
#include <troupe/cluster/member_record.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace troupe::cluster {

/// A member that is gone for ever, by the hash of its identity.
struct Tombstone {
  std::uint64_t identity_hash = 0;
  Cause cause = Cause::left;
  friend bool operator==(const Tombstone&, const Tombstone&) = default;
};

/// A part of a table, as it travels.
struct News {
  std::vector<MemberRecord> records;
  std::vector<Observation> observations;
  std::vector<Tombstone> tombstones;
  friend bool operator==(const News&, const News&) = default;
};

struct MemberTableLimits {
  /// Records; more are refused and counted.
  std::size_t members_max = 20'000;
  /// Observations; more are refused and counted. Those of unknown members are kept as well.
  std::size_t observations_max = 200'000;
  /// The oldest are forgotten first, and counted.
  std::size_t tombstones_max = 10'000;
  Duration tombstones_kept = std::chrono::hours(24);
};

class MemberTable {
 public:
  using Pair = std::pair<Identity, Identity>;  ///< Subject and accuser, in this order.

  struct KeptRecord {
    MemberRecord record;
    std::uint64_t version = 0;  ///< When it changed last.
    TimePoint rank_since;       ///< When this node first saw the rank.
  };

  struct Counts {
    std::uint64_t records_refused = 0;
    std::uint64_t observations_refused = 0;
    std::uint64_t tombstones_forgotten = 0;
  };

  explicit MemberTable(MemberTableLimits limits = {}) : limits_(limits) {}

  /// Each returns whether the table changed. A record of rank removed becomes a tombstone; what
  /// concerns somebody whose tombstone is held is refused.
  bool merge(const MemberRecord& record, TimePoint now);
  bool merge(const Observation& observation);
  bool merge(const Tombstone& tombstone, TimePoint now);
  bool merge(const News& news, TimePoint now);

  /// Forgets all of it. Versions and counts go on: others hold what they heard of earlier ones.
  void clear();

  [[nodiscard]] const MemberRecord* find(const Identity& identity) const;
  [[nodiscard]] const KeptRecord* find_kept(const Identity& identity) const;
  [[nodiscard]] const Observation* find(const Identity& accuser, const Identity& subject) const;
  [[nodiscard]] bool is_removed(const Identity& identity) const {
    return tombstones_.contains(identity.hash());
  }

  /// How its membership has ended, as far as a tombstone says.
  [[nodiscard]] std::optional<Cause> end_of(const Identity& identity) const {
    const auto grave = tombstones_.find(identity.hash());
    return grave == tombstones_.end() ? std::nullopt : std::optional(grave->second.cause);
  }

  [[nodiscard]] const std::map<Identity, KeptRecord>& records() const noexcept { return records_; }

  /// By subject and accuser.
  [[nodiscard]] const std::map<Pair, std::pair<Observation, std::uint64_t>>& observations()
      const noexcept {
    return observations_;
  }

  /// An accusation that its subject has not refuted.
  [[nodiscard]] bool is_live(const Observation& observation) const;
  /// How many observations accuse, refuted ones among them.
  [[nodiscard]] std::size_t accusations() const noexcept { return accusations_; }

  /// Grows with every change.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  /// Grows whenever somebody enters or leaves the ranks joining to exiting.
  [[nodiscard]] std::uint64_t living_version() const noexcept { return living_version_; }
  /// Over what nodes have to agree on; without tombstones.
  [[nodiscard]] std::uint64_t view_digest() const noexcept { return view_digest_; }
  /// Over all records and observations; without tombstones.
  [[nodiscard]] std::uint64_t table_digest() const noexcept { return table_digest_; }

  /// Moves into `news` what changed after `since`, oldest first, until `bytes_max` are full;
  /// returns the version up to which nothing is left out. Of records and observations those up to
  /// `same_until` are, which the other one has.
  std::uint64_t changes_since(std::uint64_t since, std::size_t bytes_max, News& news,
                              std::uint64_t same_until = 0) const;

  static constexpr std::size_t bucket_count = 256;
  /// The table's digest in parts, by the subjects' hashes.
  [[nodiscard]] std::vector<std::uint64_t> bucket_digests() const;

  /// What lies in the buckets that differ from `theirs`, from the `skip`th piece on, until
  /// `bytes_max` are full; returns the number of pieces to skip next, 0 at the end.
  std::uint64_t differences(const std::vector<std::uint64_t>& theirs, std::uint64_t skip,
                            std::size_t bytes_max, News& news) const;

  [[nodiscard]] std::vector<Tombstone> tombstones() const;
  [[nodiscard]] std::size_t tombstone_count() const noexcept { return tombstones_.size(); }
  /// Forgets tombstones that are too old.
  void forget_old_tombstones(TimePoint now);
  /// For the planted bug alone.
  void forget_all_tombstones();

  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

  /// Whether both say the same of everybody.
  [[nodiscard]] bool says_the_same(const MemberTable& other) const;

 private:
  struct Grave {
    Cause cause = Cause::left;
    std::uint64_t version = 0;
  };
  /// What changed: a record, an observation (its pair), or a tombstone.
  struct Change {
    enum class Kind : std::uint8_t { record, observation, tombstone } kind = Kind::record;
    Identity subject;
    Identity accuser;
    std::uint64_t identity_hash = 0;
  };

  [[nodiscard]] static std::size_t bucket_of(std::uint64_t hash) noexcept {
    return hash % bucket_count;
  }
  std::uint64_t note(std::uint64_t old_version, Change change);
  void forget_record(const Identity& identity);
  void forget_observations(std::uint64_t hash);
  void erase_observation(std::map<Pair, std::pair<Observation, std::uint64_t>>::iterator at);
  bool bury(std::uint64_t hash, Cause cause, TimePoint now);
  void count_living(Rank before, Rank after) noexcept;

  MemberTableLimits limits_;
  std::map<Identity, KeptRecord> records_;
  std::map<Pair, std::pair<Observation, std::uint64_t>> observations_;
  std::unordered_map<std::uint64_t, Identity> identities_;  // Of the records, by hash.
  std::unordered_map<std::uint64_t, Grave> tombstones_;
  std::deque<std::pair<TimePoint, std::uint64_t>> tombstones_by_age_;
  std::map<std::uint64_t, Change> changes_;
  std::uint64_t version_ = 0;
  std::uint64_t living_version_ = 0;
  std::uint64_t view_digest_ = 0;
  std::uint64_t table_digest_ = 0;
  std::size_t accusations_ = 0;
  Counts counts_;
};

}  // namespace troupe::cluster
