#include <troupe/cluster/port/membership_tallies.hpp>

namespace troupe::cluster {
namespace {

void raise(transport::Tally& tally, std::uint64_t to) noexcept { tally.add(to - tally.get()); }

}  // namespace

void MembershipTallies::take(const Membership& core) noexcept {
  const MemberTable::Counts& table = core.table().counts();
  raise(decisions_, core.last_decision().count);
  raise(records_refused_, table.records_refused);
  raise(observations_refused_, table.observations_refused);
  raise(tombstones_forgotten_, table.tombstones_forgotten);
}

void MembershipTallies::take(const TableAuthorityCounts& table) noexcept {
  raise(table_requests_, table.requests);
  raise(table_failures_, table.failures);
  raise(table_doubts_, table.doubts);
  raise(leases_lost_, table.leases_lost);
}

ClusterCounts MembershipTallies::get() const noexcept {
  ClusterCounts counts;
  counts.messages_sent = sent.get();
  counts.messages_received = received.get();
  counts.messages_passed_over = passed_over.get();
  counts.views = views.get();
  counts.decisions = decisions_.get();
  counts.records_refused = records_refused_.get();
  counts.observations_refused = observations_refused_.get();
  counts.tombstones_forgotten = tombstones_forgotten_.get();
  counts.reports = reports.get();
  counts.table_requests = table_requests_.get();
  counts.table_failures = table_failures_.get();
  counts.table_doubts = table_doubts_.get();
  counts.leases_lost = leases_lost_.get();
  return counts;
}

}  // namespace troupe::cluster
