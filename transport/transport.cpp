#include <troupe/transport/transport.hpp>

#include <algorithm>
#include <troupe/base/printable.hpp>

namespace troupe::transport {
namespace {

/// This node was paused when it was not on time by so many heartbeats.
constexpr int own_pause_heartbeats = 2;

}  // namespace

Transport::Transport(runtime::LocalActors actors, NodeIdentity self, TransportSettings settings,
                     const KeyRing& keys)
    : actors_(actors),
      settings_(std::move(settings)),
      keys_(keys),
      log_(actors.log(actors.name()), counts_.refused),
      table_(PeerTable::take(std::move(self), settings_, actors.anchor())),
      pending_(settings_.pending_asks_max),
      inbound_(actors, pending_, counts_, settings_.frame_bytes_max),
      ended_(settings_.ended_lives_max),
      pauses_(times(own_pause_heartbeats, settings_.heartbeat_interval)) {
  actors_.set_address(table_.self_name());
  const auto give_back = [](PeerTable* table) { PeerTable::give_back(*table); };
  actors_.lend(std::shared_ptr<PeerTable>(&table_, give_back));
}

Transport::~Transport() { static_cast<void>(close()); }

void Transport::open(Carrier& carrier) {
  carrier_ = &carrier;
  sender_.open(carrier);
  opener_.open(carrier);
  context_.reset(new LinkContext{
      actors_, settings_, pending_, table_, ended_, epochs_, ReadyLinks(carrier), {}});
  table_.open(*context_);
  actors_.set_nodes(&table_);
}

Result<AnyRef> Transport::select(const ActorPath& path) { return table_.path(path); }

/// What is remembered of others now, and what was forgotten.
void Transport::count_what_lives(TransportCounts& counts) const {
  counts.peers_now = lives_now_.get();
  counts.peers_forgotten = lives_gone_.get();
  const PeerTable::Paths paths = table_.paths();
  counts.paths_now = paths.now;
  counts.paths_forgotten = paths.forgotten;
  const PeerTable::Lives lives = table_.named_lives();
  counts.named_lives_now = lives.now;
  counts.named_lives_forgotten = lives.forgotten;
  counts.links_forgotten = table_.links_forgotten();
  counts.links_gave_way = links_gave_way_.get();
}

TransportCounts Transport::counts() const {
  TransportCounts counts;
  counts.tells_received = counts_.tells.get();
  counts.asks_received = counts_.asks.get();
  counts.replies_received = counts_.replies.get();
  counts.late_replies = counts_.late_replies.get();
  counts.frames_received = frames_received_.get();
  counts.bytes_received = bytes_received_.get();
  counts.refused_in = counts_.refused.get();
  sender_.count(counts);
  types_.count(counts);
  reception_.count(counts);
  connection_ends_.count(counts);
  log_.count(counts);
  counts.log_lines_suppressed += table_.lines_suppressed();
  counts.log_lines_repeated += table_.lines_repeated();
  counts.lanes_stalled = lanes_stalled_.get();
  counts.holds_sent = counts_.holds_sent.get();
  counts.holds_received = counts_.holds_received.get();
  counts.held_targets = counts_.held_targets.get();
  counts.signals_passed_over = table_.passed_over();
  counts.own_pauses = own_pauses_.get();
  counts.late_frames += late_frames_.get();
  counts.lives_ended = lives_ended_.get();
  counts.lives_returned = lives_returned_.get();
  counts.pairs_remembered = epochs_.size();
  counts.pairs_forgotten = epochs_.forgotten();
  counts.name_clashes = name_clashes_.get();
  counts.lives_forgotten = ended_.forgotten();
  counts.dials_lacking = dials_lacking_.get();
  counts.return_tries = return_tries_.get();
  counts.returns = returns_.get();
  count_what_lives(counts);
  const auto add = [&](const LinkCounts& link) {
    counts.sent += link.sent;
    counts.delivered += link.delivered;
    counts.in_flight += link.in_flight;
    std::ranges::transform(counts.dropped_out, link.dropped, counts.dropped_out.begin(),
                           std::plus<>());
  };
  const PeerTable::Books books = table_.books();
  add(books.forgotten);
  for (const LinkCounts& link : books.links) {
    if (link.state == "alias") ++counts.aliases;
    if (link.is_reverse) ++counts.reverse_links;
    add(link);
  }
  counts.links_now = books.links.size();
  return counts;
}

std::vector<LinkCounts> Transport::links() const { return table_.books().links; }

/// The time for which the peer is unreachable stands still, as nobody knows whether it is.
void Transport::on_own_lack(PeerLink& link, std::string_view reason, TimePoint now) {
  dials_lacking_.add();
  if (fail_try(link, now) || go_reverse(link, reason, now)) return;
  lose(link, reason, now);
  link.drive.unreachable_since = TimePoint::max();
  link.drive.lacked_at = now;
  timers_.arm(link);
}

TimePoint Transport::next_deadline() const {
  if (!losses_.is_empty()) return pauses_.due();
  return std::min({pending_.next(), timers_.next(), paths_at_, crowd_at_, connection_ends_.next()});
}

bool Transport::is_drained() {
  table_.add_new_links(links_);
  return std::ranges::all_of(links_, [](const PeerLink* link) {
    if (!takes_messages(link->state())) return true;  // Nobody is there to take it.
    return !link->has_pending() && std::ranges::all_of(link->drive.in_hand, [](const Batch& batch) {
      return batch.messages == 0;
    });
  });
}

/// Behind the last word on what has come, so that nothing of that counts as lost there.
void Transport::say_goodbye() {
  wire::Writer farewell;
  begin_frame(farewell);
  append(farewell, Rejected{ErrorCode::shutdown, "it is stopping"});
  std::vector<const RemotePeer*> told;
  for (const auto& [connection, inbound] : connections_.all()) {
    if (inbound.lane != Lane::control) continue;
    const Incoming& incoming = inbound.peer->incoming;
    wire::Writer last;
    begin_frame(last);
    append(last, Progress{0, incoming.lanes.received(incoming.system.received())});
    last.write(farewell.bytes().subspan(frame_head_bytes));
    if (own_connections_.contains(connection)) {
      sender_.answer(connection, last);
    } else if (carrier_->send_reverse(connection, last.bytes()) == Carrier::Sent::yes) {
      told.push_back(inbound.peer);
    }
  }
  for (PeerLink* link : links_) {
    const LinkDrive& drive = link->drive;
    if (link->state() != AssociationState::open) continue;
    if (drive.cut[index_of(Lane::control)].is_under_way()) continue;  // It would be its part.
    // On a connection of its own it might overtake that last word.
    if (drive.reverse == nullptr && std::ranges::find(told, drive.peer) != told.end()) continue;
    wire::Writer same;
    same.write(farewell.bytes());
    static_cast<void>(sender_.send(*link, Lane::control, same));
  }
}

std::uint64_t Transport::close() {
  actors_.set_nodes(nullptr);
  table_.close();
  table_.add_new_links(links_);
  const std::uint64_t before = counts().dropped(ErrorCode::shutdown);
  for (PeerLink* link : links_) {
    timers_.disarm(*link);
    end_session(*link, ErrorCode::shutdown, "this node has stopped");
    losses_.add(link->retire_all(), StopReason::node_left);
  }
  losses_.clear();  // Their own system ends: nobody is to hear that others have.
  connections_.clear();
  for (PeerLink* link : links_) {
    link->drive.peer = nullptr;
    for (auto& life : std::exchange(link->drive.lives, {})) {
      // What waits at actors still gives its receipts back.
      if (!may_forget(*life)) table_.keep(std::move(life));
    }
  }
  links_.clear();
  table_.forget();
  for (const PendingAsks::Ended& ended : pending_.take_all(nullptr)) {
    complete(ended.asker, Error(ErrorCode::shutdown, "this node has stopped"));
  }
  return counts().dropped(ErrorCode::shutdown) - before;
}

}  // namespace troupe::transport
