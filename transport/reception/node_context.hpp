// NodeContext: what all parts of one node share: its actors, settings and keys, its carrier, and
// what it remembers of other nodes.
#pragma once

#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/transport/log/link_log.hpp>
#include <troupe/transport/peer/peer_table.hpp>
#include <troupe/transport/reception/inbound.hpp>
#include <troupe/transport/security/key_ring.hpp>
#include <troupe/transport/sending/node_carrier.hpp>

namespace troupe::transport {

/// Outlives the parts. Each member says which threads may use it.
struct NodeContext {
  /// The node is `self`, and the keys outlive this. Takes a table, which is given back once nobody
  /// uses anything of it any more.
  NodeContext(runtime::LocalActors local, NodeIdentity self, TransportSettings chosen,
              const KeyRing& ring);
  ~NodeContext() = default;
  NodeContext(const NodeContext&) = delete;
  NodeContext& operator=(const NodeContext&) = delete;

  /// Adds its own: what comes in by kind, and what is remembered of others. Any thread.
  void count(TransportCounts& all) const;

  const runtime::LocalActors actors;
  const TransportSettings settings;
  const KeyRing& keys;
  InboundCounts counts;
  LinkLog log;
  PeerTable& table;
  PendingAsks pending;
  EndedLives ended;
  PairEpochs epochs;
  NodeCarrier carrier;
};

}  // namespace troupe::transport
