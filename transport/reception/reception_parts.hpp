// ReceptionParts: the parts of one node that put frames onto connections and read what comes on
// them, made for each other.
#pragma once

#include <troupe/transport/reception/cluster_reports.hpp>
#include <troupe/transport/reception/connection_ends.hpp>
#include <troupe/transport/reception/loss_notices.hpp>
#include <troupe/transport/reception/node_context.hpp>
#include <troupe/transport/reception/reception.hpp>
#include <troupe/transport/sending/cluster_mail.hpp>
#include <troupe/transport/sending/undelivered_messages.hpp>

namespace troupe::transport {

/// I/O thread, but for the counts. What it is made with outlives it.
struct ReceptionParts {
  ReceptionParts(NodeContext& node, SessionEvents& events)
      : inbound(node.actors, node.pending, node.counts, node.settings.frame_bytes_max),
        undelivered(node.actors, node.pending),
        sender(own_connections, node.carrier),
        types(node.actors, node.settings, node.log, sender),
        holds(node.settings, node.counts, sender),
        reports(node.settings),
        cluster_mail(node.table),
        connection_ends(node.settings, connections, node.log),
        reception({node.actors, node.settings, node.table, inbound, types, holds, sender, reports,
                   node.log, events}) {}

  /// Adds those of each. Any thread.
  void count(TransportCounts& counts) const {
    sender.count(counts);
    types.count(counts);
    reception.count(counts);
    connection_ends.count(counts);
  }

  Inbound inbound;
  UndeliveredMessages undelivered;
  OwnConnections own_connections;
  FrameSender sender;
  TypeExchange types;
  HoldNotices holds;
  ClusterReports reports;
  ClusterMail cluster_mail;
  PeerConnections connections;
  ConnectionEnds connection_ends;
  LossNotices losses;
  Reception reception;
};

}  // namespace troupe::transport
