// ClusterCounts and LeaveReport: what a node says of its own part in a cluster.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// How a leave went.
struct LeaveReport {
  /// The others know that it has left, or there were none: at least half of its neighbours have
  /// said so. Else it was cut off, or condemned meanwhile, and they find out by its silence.
  bool was_told = false;
  /// The names of the hooks of Cluster::before_leaving() that failed, were not done in time, or did
  /// not get their turn, in their order; the log says why.
  std::vector<std::string> not_handed_over = {};
};

/// What membership has counted since the node's start.
struct ClusterCounts {
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  /// Of a version, a kind or a sender that is not taken, or no message at all.
  std::uint64_t messages_passed_over = 0;
  /// That could not be sent in time: of one peer's the newest wait.
  std::uint64_t messages_dropped = 0;
  std::uint64_t views = 0;  ///< Published.
  /// On who goes on after a cut, whatever the verdict; again only where something has changed.
  std::uint64_t decisions = 0;
  std::uint64_t records_refused = 0;       ///< Of members past the limit of 20,000.
  std::uint64_t observations_refused = 0;  ///< Who accuses whom, past the limit of 200,000.
  std::uint64_t tombstones_forgotten = 0;  ///< Of members that are gone: past a day, or 10,000.
  std::uint64_t reports = 0;               ///< Of the transport, about members.
  // By Authority::redis.
  std::uint64_t table_requests = 0;  ///< To the server.
  std::uint64_t table_failures = 0;  ///< Of these: no answer in time, or an error.
  std::uint64_t table_doubts = 0;    ///< The server was another one, empty, or older than before.
  std::uint64_t leases_lost = 0;     ///< Not renewed in time: this node owned nothing for a while.
  std::size_t subscribers = 0;       ///< Now.
  std::size_t role_groups = 0;       ///< Groups that follow who has a role, now.
};

}  // namespace troupe
