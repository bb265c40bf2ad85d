// The table of a cluster, as one authority holds it for all nodes: what they ask of it and what it
// answers. Values, without a word of where the table lies: redis/table_scripts.hpp says what each
// request does, testkit/simulated_table.hpp does the same without a server.
//
// A table has a *cluster*, the number that its members have in common; a *generation*, which is
// another one for each history that the table has had, so that one that was emptied, or put back to
// an older state, is not taken for what it was; and a *version*, which each change of a row raises
// by one and which the row then bears.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/cluster/member_record.hpp>
#include <vector>

namespace troupe::cluster {

/// Past these the table takes nobody in, and forgets who was removed longest ago.
struct TableLimits {
  std::size_t members_max = 20'000;
  std::size_t graves_max = 10'000;
};

/// Rows that one answer has at most.
inline constexpr std::size_t table_page_rows = 100;

struct TableRequest {
  enum class Kind : std::uint8_t { read, join, change, renew, vote, down, remove, merge };
  Kind kind = Kind::read;

  // Of all kinds.
  std::uint64_t generation = 0;  ///< The one that the caller knows; 0 for none.
  std::uint64_t since = 0;       ///< The caller has all rows up to this version.
  std::uint64_t floor = 0;       ///< As the last answer said it.
  Identity actor;                ///< The caller.

  Identity subject;                   ///< Of vote, down and remove.
  std::uint64_t subject_version = 0;  ///< Of remove: the row that the caller has waited for.
  std::uint32_t refutation = 0;       ///< Of vote: the subject's, as the caller knows it.
  bool accuses = true;                ///< Of vote; false takes it back.
  std::vector<MemberRecord> records;  ///< Of join and change the caller's own; of merge all.
  std::uint64_t cluster = 0;          ///< Of join and merge: the number where there is none yet.
  std::uint64_t new_generation = 0;   ///< Of join and merge: where one begins.
  std::uint64_t seen = 0;             ///< Of merge: the highest version that the caller has seen.
  std::size_t quorum_max = 0;         ///< Of join: members, past which nobody is let in; 0: any.
  /// Of join, with the generation: TableAnswer::renewals that have not changed for so long that
  /// nobody in the table may own anything any more: where there is no place, all are down.
  std::optional<std::uint64_t> idle_at;
  TableLimits limits;
};

enum class TableStatus : std::uint8_t {
  done,
  stale,             ///< What the request rests on holds no more: read, and judge anew.
  absent,            ///< There is no table, or one that lacks a part.
  other_generation,  ///< Not the caller's.
  other_cluster,     ///< Not the caller's either: its cluster is another one.
  unknown_member,    ///< The caller has no row.
  down,              ///< The caller's row is of rank down, or removed.
  full,              ///< No place for one more member.
  refused,           ///< That may not be.
};

/// "done", "stale" and so on, as the scripts say it. Any thread.
[[nodiscard]] std::string_view to_string(TableStatus status) noexcept;

struct TableRow {
  MemberRecord record;
  std::uint64_t version = 0;  ///< At which it was written.
  friend bool operator==(const TableRow&, const TableRow&) = default;
};

struct TableAnswer {
  TableStatus status = TableStatus::done;
  std::uint64_t generation = 0;  ///< The table's; 0 where there is none.
  std::uint64_t cluster = 0;
  std::uint64_t version = 0;
  std::uint64_t floor = 0;  ///< Whoever is at a lower version may have missed the end of a member.
  std::uint64_t renewals = 0;  ///< Of leases, by all members, since the table was begun.
  bool starts_anew = false;    ///< The rows are the first ones, and not those since `since`.
  bool has_more = false;       ///< The next ones are those since the last row's version.
  std::vector<TableRow> rows;  ///< In the order of their versions.
  friend bool operator==(const TableAnswer&, const TableAnswer&) = default;
};

/// How a row is named: "name@host:port#" and the incarnation in sixteen hexadecimal digits.
[[nodiscard]] std::string table_key(const Identity& identity);
/// Nothing for a text that names none.
[[nodiscard]] bool read_table_key(std::string_view key, Identity& identity);

}  // namespace troupe::cluster
