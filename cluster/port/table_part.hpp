// TablePart: a node's part in the table of its cluster: the authority's core, and the link that
// carries what it asks for.
#pragma once

#include <memory>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/log.hpp>
#include <troupe/cluster/cluster_settings.hpp>
#include <troupe/cluster/port/table_link.hpp>
#include <troupe/cluster/table/table_authority.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::cluster {

/// The thread of the links.
class TablePart {
 public:
  /// Begins to reach the server, and has the transport's advance() called when there is something
  /// to take. Throws Failure: `limit_reached`, and `invalid_setting` for what validate() refuses.
  TablePart(transport::Transport& transport, const ClusterSettings& settings, const Identity& self,
            std::uint64_t seed, const OpenTableLink& open);

  /// What has come from the server; before tell().
  void take_events(TimePoint now);
  /// As those of TableAuthority; what ask() wants is sent.
  void tell(Membership& core, TimePoint now) { authority_.tell(core, now); }
  void ask(Membership& core, TimePoint now);
  [[nodiscard]] TimePoint next_time() const noexcept { return authority_.next_time(); }

  [[nodiscard]] const TableAuthorityCounts& counts() const noexcept { return authority_.counts(); }
  [[nodiscard]] const std::string& problem() const noexcept { return authority_.problem(); }
  /// What the search for the table has come to, for whoever reads the log.
  [[nodiscard]] std::string told() const;

 private:
  void tell_of_problem(TimePoint now);

  const Logger log_;
  TableAuthority authority_;
  std::string told_;  ///< The last problem that the log has.
  TimePoint told_at_;
  std::unique_ptr<TableLink> link_;
};

}  // namespace troupe::cluster
