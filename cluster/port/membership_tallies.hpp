// MembershipTallies: what membership counts on a node.
#pragma once

#include <troupe/cluster/cluster_counts.hpp>
#include <troupe/cluster/membership.hpp>
#include <troupe/cluster/table/table_authority.hpp>
#include <troupe/transport/transport_counts.hpp>

namespace troupe::cluster {

/// Reading on any thread; the rest on that of the links.
class MembershipTallies {
 public:
  transport::Tally sent;
  transport::Tally received;
  transport::Tally passed_over;
  transport::Tally views;
  transport::Tally reports;

  /// Takes over what the core has counted.
  void take(const Membership& core) noexcept;
  void take(const TableAuthorityCounts& table) noexcept;
  /// But for what is counted elsewhere.
  [[nodiscard]] ClusterCounts get() const noexcept;

 private:
  transport::Tally decisions_;
  transport::Tally records_refused_;
  transport::Tally observations_refused_;
  transport::Tally tombstones_forgotten_;
  transport::Tally table_requests_;
  transport::Tally table_failures_;
  transport::Tally table_doubts_;
  transport::Tally leases_lost_;
};

}  // namespace troupe::cluster
