// TableAuthority: one node's part of a cluster whose members stand in a table outside, which is
// held by a server. It carries the wishes of a Membership to the table and the table's rows to it.
// Pure: answers and the time go in, requests come out, one at a time.
//
//   state \ event   row taken in   history doubted   merged     all read      row down, other
//   cluster joining         copying        .                 .          .             ended copying
//   .              merging           .          member        ended member          . merging . .
//   ended merging         .              .                 copying    .             ended
//
// A lease lasts from when its renewal was *sent*. While the table is away the last view stands,
// nobody is down by it, and ownership ends with the lease.
//
// History is doubted where the server is another one than before, has no table, or one of another
// generation or a lower version: it was started anew, restored, or replaced by a copy that lacks
// the last writes. What this node knows is merged into it, so that no end of a life is forgotten;
// where the table lacked any of that it has another generation then, so that all doubt it.
// After that, and after each lease that was lost, this node neither owns, rises, votes nor removes
// anybody for a lease and its margin: so long may others own by the other history. For as long
// whoever has just joined owns nothing, as the table may have been emptied just before. Owner only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/random.hpp>
#include <troupe/base/result.hpp>
#include <troupe/cluster/membership.hpp>
#include <troupe/cluster/membership_times.hpp>
#include <troupe/cluster/table/table_protocol.hpp>
#include <vector>

namespace troupe::cluster {

struct TableAuthorityCounts {
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;       ///< No answer, or an error.
  std::uint64_t doubts = 0;         ///< Of the table's history.
  std::uint64_t leases_lost = 0;    ///< Not renewed in time.
  std::uint64_t rows_received = 0;  ///< Of members.
};

class TableAuthority {
 public:
  struct Settings {
    DetectionSettings detection;
    SplitBrainSettings split_brain;  ///< A static quorum bounds who may join.
    TableLimits limits;
  };

  /// `seed` feeds its random choices, among them cluster and generation of a new table.
  TableAuthority(Settings settings, Identity self, std::uint64_t seed, TimePoint now);

  /// A connection is there; `server` names the life and the history of who answers on it.
  void connected(std::string_view server, TimePoint now);
  /// Of the request that was given out last. A failure may have been executed.
  void answered(const TableAnswer& answer, TimePoint now);
  void failed(std::string_view why, TimePoint now);

  /// Tells the core what the table says; to be followed by the core's own advance().
  void tell(Membership& core, TimePoint now);
  /// What is to be sent now, if anything; after tell(). To be called at next_time().
  [[nodiscard]] std::optional<TableRequest> ask(Membership& core, TimePoint now);
  [[nodiscard]] TimePoint next_time() const noexcept { return wake_; }

  /// Why this node has no part in the table, or none any more; empty while all is well. For people.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  /// Whether it has ever had a row there.
  [[nodiscard]] bool has_joined() const noexcept { return is_joined_; }
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  /// Whether the table's history is doubted, or was a short time ago.
  [[nodiscard]] bool is_doubting(TimePoint now) const noexcept {
    return must_merge_ || now < doubts_until_;
  }
  [[nodiscard]] const TableAuthorityCounts& counts() const noexcept { return counts_; }

 private:
  using Kind = TableRequest::Kind;
  struct Sent {
    TableRequest request;
    TimePoint at;
    bool is_doubted = false;  ///< By what came to light meanwhile.
  };

  void wake_at(TimePoint time) noexcept { wake_ = std::min(wake_, time); }
  void doubt(std::string_view why);
  void note_lost_lease(TimePoint now);
  void note_full(const TableAnswer& answer, TimePoint now);
  void absorb(const TableAnswer& answer, const TableRequest& request);
  void complete_copy();
  void take_row(const TableRow& row);
  void end_if_over(const TableAnswer& answer);
  [[nodiscard]] bool fits(const TableAnswer& answer, const TableRequest& request) const;
  [[nodiscard]] TableRequest request(Kind kind) const;
  [[nodiscard]] std::optional<TableRequest> next_request(Membership& core, TimePoint now);
  [[nodiscard]] std::optional<TableRequest> next_but_renewals(Membership& core, TimePoint now);
  [[nodiscard]] TableRequest join_request(Membership& core, TimePoint now);
  [[nodiscard]] std::optional<TableRequest> next_change(Membership& core, TimePoint now);
  [[nodiscard]] std::optional<TableRequest> next_vote(const Membership& core);
  [[nodiscard]] std::optional<TableRequest> next_removal(const Membership& core, TimePoint now);
  [[nodiscard]] TableRequest merge_request(const Membership& core);

  Settings settings_;
  Identity self_;
  Random random_;
  MembershipTimes times_;

  std::string server_;
  std::uint64_t generation_ = 0;
  std::uint64_t cluster_ = 0;
  std::uint64_t version_ = 0;  ///< Of which all rows are known.
  std::uint64_t seen_ = 0;     ///< The highest that it has heard of.
  std::uint64_t floor_ = 0;
  std::map<Identity, TableRow> rows_;  ///< All that is known, those of rank removed too.
  bool is_joined_ = false;
  bool is_over_ = false;
  bool must_merge_ = false;
  bool is_copying_ = false;
  bool is_anew_ = false;          ///< The copy began with the first row.
  std::vector<TableRow> copied_;  ///< Of the copy that is under way.
  std::vector<MemberRecord> news_;

  /// The table had no place for this node, and nobody has renewed a lease since.
  struct Full {
    std::uint64_t generation = 0;
    std::uint64_t renewals = 0;
    TimePoint since;
  };
  std::optional<Full> full_;
  bool has_just_renewed_ = false;  ///< By the last request.

  std::optional<Sent> sent_;
  TimePoint failed_at_ = TimePoint::min();
  TimePoint retry_at_ = TimePoint::min();
  TimePoint next_renewal_ = TimePoint::min();
  TimePoint lease_until_ = TimePoint::min();
  TimePoint doubts_until_ = TimePoint::min();
  TimePoint owns_from_ = TimePoint::min();
  std::uint64_t round_ = 0;                    ///< Counts renewals.
  std::map<Identity, std::uint64_t> voted_;    ///< In which round.
  std::map<Identity, std::uint64_t> removed_;  ///< Asked for at which version of the row.
  std::string problem_;
  TimePoint wake_;
  TableAuthorityCounts counts_;
};

}  // namespace troupe::cluster
