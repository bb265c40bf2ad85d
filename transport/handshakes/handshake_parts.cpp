#include <troupe/transport/handshakes/handshake_parts.hpp>

namespace troupe::transport {

HandshakeParts::HandshakeParts(NodeContext& node, ReceptionParts& in, SessionParts& out,
                               LifeParts& lives)
    : aliases({node.table, node.ended, out.handshake, node.carrier, node.pending, out.dialling,
               out.reverse, out.ends, out.disputes, out.driver, lives.meetings, in.losses,
               in.cluster_mail, node.log}),
      reports({node.actors.clock(), in.connections, in.connection_ends, out.held_hellos, in.sender,
               out.mail, in.undelivered, out.reverse, out.disputes, node.counts, node.log}),
      sessions({node.table.self(), node.settings, out.handshake, in.connections, in.sender,
                in.types, in.holds, in.reception, out.timers, out.dialling, out.reverse, out.driver,
                lives.meetings, node.counts}),
      hellos({node.keys, node.epochs, out.handshake, node.carrier, in.connections, in.sender,
              in.reception, out.reverse, out.disputes, out.trust, out.driver, lives.dismissed,
              lives.known, lives.meetings, sessions, node.counts, node.log}),
      frames({node.actors, node.keys, in.connections, in.own_connections, in.reception, out.trust,
              hellos, node.counts, node.log}),
      welcomes({node.actors, out.handshake, out.opener, out.tries, out.dialling, out.ends,
                out.disputes, out.liveness, lives.known, lives.meetings, aliases, in.undelivered,
                node.counts, node.log}),
      refusals({node.actors, node.ended, node.epochs, out.ends, lives.ends, in.reports, node.log}),
      answers({node.keys, in.connections, in.reception, out.tries, out.ends, out.trust,
               out.liveness, out.disputes, out.driver, welcomes, refusals, reports, in.reports,
               node.counts, node.log}) {}

}  // namespace troupe::transport
