#include <troupe/transport/reception/node_context.hpp>

#include <utility>

namespace troupe::transport {

NodeContext::NodeContext(runtime::LocalActors local, NodeIdentity self, TransportSettings chosen,
                         const KeyRing& ring)
    : actors(local),
      settings(std::move(chosen)),
      keys(ring),
      log(actors.log(actors.name()), counts.refused),
      table(PeerTable::take(std::move(self), settings, actors.anchor())),
      pending(settings.pending_asks_max),
      ended(settings.ended_lives_max) {
  actors.set_address(table.self_name());
  const auto give_back = [](PeerTable* used) { PeerTable::give_back(*used); };
  actors.lend(std::shared_ptr<PeerTable>(&table, give_back));
}

void NodeContext::count(TransportCounts& all) const {
  all.tells_received = counts.tells.get();
  all.asks_received = counts.asks.get();
  all.replies_received = counts.replies.get();
  all.late_replies = counts.late_replies.get();
  all.late_frames += counts.late_frames.get();
  all.refused_in = counts.refused.get();
  all.holds_sent = counts.holds_sent.get();
  all.holds_received = counts.holds_received.get();
  all.held_targets = counts.held_targets.get();
  log.count(all);
  all.log_lines_suppressed += table.lines_suppressed();
  all.log_lines_repeated += table.lines_repeated();
  all.signals_passed_over = table.passed_over();
  const PeerTable::Paths paths = table.paths();
  all.paths_now = paths.now;
  all.paths_forgotten = paths.forgotten;
  const PeerTable::Lives lives = table.named_lives();
  all.named_lives_now = lives.now;
  all.named_lives_forgotten = lives.forgotten;
  all.links_forgotten = table.links_forgotten();
  all.pairs_remembered = epochs.size();
  all.pairs_forgotten = epochs.forgotten();
  all.lives_forgotten = ended.forgotten();
}

}  // namespace troupe::transport
