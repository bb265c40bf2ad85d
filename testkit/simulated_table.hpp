// SimulatedTable: the table of a cluster without a server. It gives the answers that the scripts of
// cluster/redis/table_scripts.hpp give, which is where what each request does is written, and can
// be emptied, damaged and put back to what it was, as a server can.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <troupe/cluster/table/table_protocol.hpp>
#include <vector>

namespace troupe::testkit {

/// A value: a copy is a snapshot, and assigning one back is a server that was restored. One thread.
class SimulatedTable {
 public:
  using Answer = cluster::TableAnswer;
  using Request = cluster::TableRequest;

  [[nodiscard]] Answer handle(const Request& request);

  /// A server that lost all.
  void flush() { *this = SimulatedTable(); }
  /// A server that lost only the leases, or only the votes, for want of memory.
  void lose_leases() { leases_.clear(); }
  void lose_votes() { votes_.clear(); }
  /// A server that lost the key of the rows, or that of who is removed.
  void lose_rows() { rows_.clear(); }
  void lose_graves() { graves_.clear(); }

  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  [[nodiscard]] std::uint64_t renewals() const noexcept { return renewals_; }
  [[nodiscard]] const std::map<std::string, cluster::TableRow>& rows() const noexcept {
    return rows_;
  }

 private:
  using Row = cluster::TableRow;
  using Status = cluster::TableStatus;
  struct Vote {
    std::string voter;
    std::uint32_t refutation = 0;
    std::uint64_t at = 0;
  };
  struct Electorate {
    std::size_t living = 0;
    std::set<std::string> up;
  };

  [[nodiscard]] bool is_there() const;
  void begin(const Request& request);
  [[nodiscard]] Status apply(const Request& request);
  [[nodiscard]] Status join(const Request& request);
  [[nodiscard]] bool is_full_of_members(const Request& request);
  [[nodiscard]] Status change(const Request& request);
  [[nodiscard]] Status vote(const Request& request);
  [[nodiscard]] Status down(const Request& request);
  [[nodiscard]] Status remove(const Request& request);
  [[nodiscard]] Status merge(const Request& request);
  [[nodiscard]] static bool merge_into(cluster::MemberRecord& into,
                                       const cluster::MemberRecord& from);
  [[nodiscard]] Electorate electorate() const;
  [[nodiscard]] bool is_fresh(const std::string& voter, const Electorate& all) const;
  void put(const std::string& key, Row row);
  void end_life(const std::string& key, Row row, std::size_t graves_max);
  [[nodiscard]] Answer answer(Status status, const Request& request) const;

  std::uint64_t cluster_ = 0;
  std::uint64_t generation_ = 0;
  bool has_begun_ = false;
  std::uint64_t version_ = 0;
  std::uint64_t floor_ = 0;
  std::uint64_t renewals_ = 0;
  std::uint32_t ups_ = 0;
  std::map<std::string, Row> rows_;
  std::map<std::uint64_t, std::string> log_;  // By version.
  std::map<std::string, std::uint64_t> leases_;
  std::map<std::string, std::vector<Vote>> votes_;
  std::map<std::uint64_t, std::string> graves_;  // By version.
  std::size_t buried_ = 0;
};

}  // namespace troupe::testkit
