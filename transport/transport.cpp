#include <algorithm>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

Error unreachable(const PeerLink& link, std::string_view words, Execution execution) {
  return {ErrorCode::node_unreachable, link.address().to_string() + ": " + std::string(words),
          execution};
}

}  // namespace

Transport::Transport(runtime::SystemCore& core, NodeIdentity self, TransportSettings settings)
    : core_(core),
      settings_(std::move(settings)),
      log_(core.log(core.name)),
      table_(make_immortal<PeerTable>(std::move(self), settings_, core.anchor)),
      pending_(settings_.pending_asks_max),
      inbound_(core, pending_, counts_) {
  core_.address = table_.self_name();
}

Transport::~Transport() { close(); }

void Transport::open(Carrier& carrier) {
  carrier_ = &carrier;
  context_ = std::make_unique<LinkContext>(LinkContext{core_, pending_, carrier, table_, dropped_});
  table_.open(*context_);
}

Result<AnyRef> Transport::select(const ActorPath& path) {
  const auto target = table_.path(path);
  if (!target.ok()) return target.error();
  return AnyRef(static_cast<RemoteTarget*>(*target), 0);
}

TransportCounts Transport::counts() const {
  TransportCounts counts;
  counts.tells_received = counts_.tells.get();
  counts.asks_received = counts_.asks.get();
  counts.replies_received = counts_.replies.get();
  counts.late_replies = counts_.late_replies.get();
  counts.frames_sent = frames_sent_.get();
  counts.frames_received = frames_received_.get();
  counts.bytes_sent = bytes_sent_.get();
  counts.bytes_received = bytes_received_.get();
  counts.dropped_out = dropped_.get();
  counts.refused_in = counts_.refused.get();
  counts.connections_ended = connections_ended_.get();
  std::vector<PeerLink*> links;
  table_.add_new_links(links);
  for (const PeerLink* link : links) link->add_to(counts);
  return counts;
}

// Links: from the wish for a connection to its loss.

void Transport::advance(TimePoint now) {
  for (const PendingAsks::Ended& ended : pending_.take_due(now)) {
    if (ended.asker.sink == nullptr) continue;  // Actors time what they wait for themselves.
    complete(ended.asker, Error(ErrorCode::timeout, "no answer came within the ask's time"));
  }
  table_.add_new_links(links_);
  for (PeerLink* link : links_) drive(*link, drive_of(*link), now);
}

void Transport::drive(PeerLink& link, Drive& drive, TimePoint now) {
  if (link.take_dial_order()) dial(link, drive, now);
  if (drive.gated_until <= now) {
    drive.gated_until = TimePoint::max();
    if (link.apply(AssociationEvent::gate_over) == AssociationAction::dial) dial(link, drive, now);
  }
  if (drive.handshake_until <= now) {
    on_lost(link, "no answer to our hello within handshake_timeout", now);
  }
  send_mail(link, drive);
}

void Transport::dial(PeerLink& link, Drive& drive, TimePoint now) {
  drive.dialled = true;
  drive.handshake_until = now + settings_.handshake_timeout;
  carrier_->dial(link, link.address());
  wire::Writer frame;
  begin_frame(frame);
  append(frame,
         Hello{table_.self().incarnation, settings_.cluster, table_.self().address.to_string()});
  static_cast<void>(carrier_->send(link, frame));
}

void Transport::send_mail(PeerLink& link, Drive& drive) {
  while (drive.in_hand.messages != 0 || link.take(drive.in_hand)) {
    const std::size_t size = drive.in_hand.frame.size();
    if (!carrier_->send(link, drive.in_hand.frame)) return;
    drive.in_hand.messages = 0;
    frames_sent_.add();
    bytes_sent_.add(size);
  }
}

void Transport::on_lost(PeerLink& link, std::string_view words, TimePoint now) {
  lose(link, words, false, now);
}

void Transport::lose(PeerLink& link, std::string_view words, bool left, TimePoint now) {
  Drive& drive = drive_of(link);
  const bool was_open = link.state() == AssociationState::open;
  if (std::exchange(drive.dialled, false)) carrier_->hang_up(link);
  drive.handshake_until = TimePoint::max();
  if (link.apply(AssociationEvent::lost) != AssociationAction::give_up) return;
  drive.gated_until = now + settings_.redial_pause;
  if (left) {
    log_.info("{} has left: {}", link.address(), words);
  } else if (was_open || drive.last_words.empty()) {
    log_.warn("{} is unreachable: {}", link.address(), words);
  }
  drive.last_words = words;
  if (drive.in_hand.messages != 0) drop(link, drive.in_hand, ErrorCode::node_unreachable);
  for (Batch& batch : link.take_all()) drop(link, batch, ErrorCode::node_unreachable);
  for (const PendingAsks::Ended& ended : pending_.take_all(&link)) {
    complete(ended.asker, unreachable(link, words, Execution::unknown));
  }
}

/// Turns messages that surely do not leave into dead letters, and tells the askers among them.
void Transport::drop(PeerLink& link, Batch& batch, ErrorCode reason) {
  FrameReader reader(batch.frame.bytes(), SIZE_MAX);
  const std::string node = "troupe://" + link.address().to_string();
  while (const auto message = reader.next()) {
    const auto* request = std::get_if<Request>(&*message);
    if (request == nullptr) continue;
    dropped_.add(reason);
    const std::string target =
        node + (request->target.actor != 0 ? "/$" + std::to_string(request->target.actor)
                                           : std::string(request->target.path));
    if (request->correlation != 0) {
      if (const auto asker = pending_.take(request->correlation, &link)) {
        complete(*asker,
                 Error(reason, "the request was not sent to " + target, Execution::not_executed));
      }
    }
    runtime::count_sent(core_, 1);
    core_.add_dead_letter({reason, target,
                           request->sender != 0 ? path_of(core_, request->sender) : "",
                           link.type_name(request->type_key)});
  }
  batch.frame.clear();
  batch.messages = 0;
}

Transport::Drive& Transport::drive_of(const PeerLink& link) { return drives_[&link]; }

TimePoint Transport::next_deadline() const {
  TimePoint next = pending_.next();
  for (const auto& [link, drive] : drives_) {
    next = std::min({next, drive.handshake_until, drive.gated_until});
  }
  return next;
}

bool Transport::is_drained() const {
  return std::ranges::all_of(links_, [&](const PeerLink* link) {
    const auto drive = drives_.find(link);
    return link->state() != AssociationState::open ||
           (!link->has_mail() && drive != drives_.end() && drive->second.in_hand.messages == 0);
  });
}

void Transport::say_goodbye() {
  wire::Writer frame;
  begin_frame(frame);
  append(frame, Rejected{ErrorCode::shutdown, "it is stopping"});
  for (const auto& [connection, peer] : connections_) carrier_->answer(connection, frame.bytes());
}

void Transport::close() {
  table_.add_new_links(links_);
  for (PeerLink* link : links_) {
    static_cast<void>(link->apply(AssociationEvent::ended));
    drop(*link, drive_of(*link).in_hand, ErrorCode::shutdown);
    for (Batch& batch : link->take_all()) drop(*link, batch, ErrorCode::shutdown);
  }
  table_.close();
  for (const PendingAsks::Ended& ended : pending_.take_all(nullptr)) {
    complete(ended.asker, Error(ErrorCode::shutdown, "this node has stopped"));
  }
}

}  // namespace troupe::transport
