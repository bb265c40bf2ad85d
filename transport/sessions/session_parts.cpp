#include <troupe/transport/sessions/session_parts.hpp>

namespace troupe::transport {

SessionParts::SessionParts(NodeContext& node, ReceptionParts& in, const SessionListeners& listeners)
    : handshake(node.table.self(), node.settings, node.keys, node.ended, node.epochs),
      opener({node.table.self(), node.settings, node.epochs, handshake, node.carrier, in.types,
              in.sender}),
      mail(node.settings, in.sender, opener),
      timers(node.settings),
      links(node.settings, node.table, timers),
      held_hellos(timers),
      tries({node.actors, node.settings, node.carrier, opener, timers, node.counts, node.log}),
      ends({node.actors, node.settings, node.carrier, in.own_connections, in.connections,
            held_hellos, tries, in.undelivered, in.cluster_mail, in.losses, node.log}),
      reverse({node.table.self(), node.settings, node.carrier, in.own_connections, opener, timers,
               ends, node.log}),
      dialling({node.settings, node.keys, node.table, node.carrier, opener, timers, tries, reverse,
                ends, in.reports}),
      trust({node.keys, in.connections, in.sender, tries, dialling, node.log}),
      liveness({node.settings, mail, ends, in.reports, node.log, listeners.liveness}),
      disputes({node.settings, node.table, node.carrier, in.connections, held_hellos, in.sender,
                mail, timers, ends, reverse, trust, node.counts, node.log, listeners.newcomers}),
      unused(
          {node.settings, node.table.self().address, in.connections, in.reports, in.sender, ends}),
      driver({dialling, liveness, disputes, mail, ends, in.undelivered, unused, timers}),
      pauses({node.settings, links, in.connection_ends, timers, node.log}),
      farewells(in.connections, in.own_connections, in.sender, node.carrier) {}

void SessionParts::count(TransportCounts& counts) const {
  tries.count(counts);
  dialling.count(counts);
  liveness.count(counts);
  disputes.count(counts);
  pauses.count(counts);
  unused.count(counts);
}

}  // namespace troupe::transport
