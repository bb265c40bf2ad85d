// MemberRecord and Observation: what nodes tell each other of members, and how two tellings become
// one.
//
// Each merge takes a maximum field by field, so it is commutative, associative and idempotent: the
// order and the number of the tellings do not matter.
//
//   field          the greater one is      raised by
//   rank           the later one           itself, the leader, the decision
//   cause          down                    who makes the rank terminal
//   refutation     the higher one          the subject alone
//   up_number      the lowest but 0        the leader
//   provisional    false                   the leader
//   meta           that of the higher      the subject alone
//                  meta_number
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <troupe/cluster/identity.hpp>
#include <tuple>
#include <vector>

namespace troupe::cluster {

/// How far a member's life has gone. It never goes back.
enum class Rank : std::uint8_t { joining, up, leaving, exiting, down, removed };

/// "joining", "up" and so on. Any thread.
[[nodiscard]] std::string_view to_string(Rank rank) noexcept;

/// Why a member is gone.
enum class Cause : std::uint8_t { left, down };

/// What a member says of itself.
struct MemberMeta {
  std::vector<std::string> roles;
  std::map<std::string, std::string> labels;
  std::uint16_t protocol_min = 1;
  std::uint16_t protocol_max = 1;
  std::uint64_t schema_digest = 0;

  friend bool operator==(const MemberMeta&, const MemberMeta&) = default;
  friend auto operator<=>(const MemberMeta&, const MemberMeta&) = default;
};

struct MemberRecord {
  Identity identity;
  Rank rank = Rank::joining;
  Cause cause = Cause::left;
  std::uint32_t refutation = 0;
  std::uint32_t up_number = 0;  ///< The order in which members came up; 0 before.
  bool provisional = true;      ///< Not all members are known to know of this one.
  std::uint32_t meta_number = 0;
  MemberMeta meta;

  /// Counts for the side that it is on.
  [[nodiscard]] bool is_confirmed_up() const noexcept { return rank == Rank::up && !provisional; }

  friend bool operator==(const MemberRecord&, const MemberRecord&) = default;
};

/// What one watcher says of one member. Only the one with the highest number counts, and only while
/// the subject has not refuted it since.
struct Observation {
  Identity accuser;
  Identity subject;
  std::uint32_t number = 0;
  bool accuses = false;
  std::uint32_t subject_refutation = 0;

  friend bool operator==(const Observation&, const Observation&) = default;
};

/// Which of two observations of one pair stands.
[[nodiscard]] inline bool is_newer(const Observation& a, const Observation& b) noexcept {
  return std::tie(a.number, a.accuses, a.subject_refutation) >
         std::tie(b.number, b.accuses, b.subject_refutation);
}

/// Takes over from `from`, which is of the same identity, what is greater there; whether anything
/// was.
bool merge_into(MemberRecord& into, const MemberRecord& from);

/// A hash of all that the record says.
[[nodiscard]] std::uint64_t content_hash(const MemberRecord& record) noexcept;
[[nodiscard]] std::uint64_t content_hash(const Observation& observation) noexcept;

/// A hash of what two nodes have to agree on: rank, refutation, provisional.
[[nodiscard]] std::uint64_t view_hash(const MemberRecord& record) noexcept;

/// About how many bytes it takes on the wire.
[[nodiscard]] std::size_t wire_bytes(const MemberRecord& record) noexcept;
[[nodiscard]] std::size_t wire_bytes(const Observation& observation) noexcept;

}  // namespace troupe::cluster
