// LifeParts: the parts of one node that know of the lives of others, made for each other.
#pragma once

#include <troupe/transport/lives/crowded_addresses.hpp>
#include <troupe/transport/lives/down_orders.hpp>
#include <troupe/transport/lives/life_meetings.hpp>
#include <troupe/transport/lives/unused_paths.hpp>
#include <troupe/transport/sessions/session_parts.hpp>

namespace troupe::transport {

/// I/O thread, but for the orders and the counts. What it is made with outlives it.
struct LifeParts {
  LifeParts(NodeContext& node, ReceptionParts& in, SessionParts& sessions)
      : dismissed({node.settings, node.table, sessions.handshake, in.connections, in.sender,
                   in.holds, sessions.timers}),
        ends({node.actors, node.settings, node.table, node.ended, node.epochs, sessions.links,
              sessions.timers, in.reception, sessions.ends, sessions.disputes, dismissed, in.losses,
              in.reports, node.log}),
        meetings({node.actors, node.table, node.ended, node.epochs, sessions.handshake,
                  sessions.opener, sessions.ends, ends, in.losses, in.reports, node.log}),
        known({node.settings, node.table, node.epochs, in.connections, sessions.links,
               sessions.timers, ends, dismissed, in.reports}),
        crowd(node.settings, sessions.links, known, ends),
        paths(node.settings, node.table) {}

  /// Adds those of each. Any thread.
  void count(TransportCounts& counts) const {
    ends.count(counts);
    meetings.count(counts);
    known.count(counts);
    crowd.count(counts);
  }

  DownOrders orders;
  DismissedLives dismissed;
  LifeEnds ends;
  LifeMeetings meetings;
  KnownLives known;
  CrowdedAddresses crowd;
  UnusedPaths paths;
};

}  // namespace troupe::transport
