#include <troupe/transport/transport.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace troupe::transport {

Transport::Transport(runtime::LocalActors actors, NodeIdentity self, TransportSettings settings,
                     const KeyRing& keys)
    : node_(actors, std::move(self), std::move(settings), keys),
      reception_(node_, *this),
      sessions_(node_, reception_, {*this, *this}),
      lives_(node_, reception_, sessions_),
      handshakes_(node_, reception_, sessions_, lives_) {}

Transport::~Transport() { static_cast<void>(close()); }

void Transport::open(Carrier& carrier) {
  node_.carrier.open(carrier);
  context_.reset(new LinkContext{node_.actors,
                                 node_.settings,
                                 node_.pending,
                                 node_.table,
                                 node_.ended,
                                 node_.epochs,
                                 ReadyLinks(carrier),
                                 {}});
  node_.table.open(*context_);
  node_.actors.set_nodes(&node_.table);
}

Result<AnyRef> Transport::select(const ActorPath& path) { return node_.table.path(path); }

void Transport::declare_down(const NodeAddress& address) {
  lives_.orders.add({.life = node_.table.who_is_at(address)});
  node_.carrier->wake();
}

void Transport::declare_down(const NodeAddress& address, std::uint64_t incarnation) {
  lives_.orders.add({.life = {node_.table.who_is_at(address).address, incarnation}});
  node_.carrier->wake();
}

void Transport::end_member(const NodeIdentity& life, std::string_view reason, bool has_left) {
  using Cause = EndedLives::Cause;
  lives_.orders.add(
      {life, std::string(reason), has_left ? Cause::left : Cause::declared_down, true});
  node_.carrier->wake();
}

void Transport::condemn() noexcept {
  reception_.cluster_mail.stop();
  closes_soon_ = true;
}

TransportCounts Transport::counts() const {
  TransportCounts counts;
  counts.frames_received = frames_received_.get();
  counts.bytes_received = bytes_received_.get();
  node_.count(counts);
  reception_.count(counts);
  sessions_.count(counts);
  lives_.count(counts);
  count_links(counts);
  return counts;
}

void Transport::count_links(TransportCounts& counts) const {
  const auto add = [&](const LinkCounts& link) {
    counts.sent += link.sent;
    counts.delivered += link.delivered;
    counts.in_flight += link.in_flight;
    std::ranges::transform(counts.dropped_out, link.dropped, counts.dropped_out.begin(),
                           std::plus<>());
  };
  const PeerTable::Books books = node_.table.books();
  add(books.forgotten);
  for (const LinkCounts& link : books.links) {
    if (link.state == "alias") ++counts.aliases;
    if (link.is_reverse) ++counts.reverse_links;
    add(link);
  }
  counts.links_now = books.links.size();
  if (context_ != nullptr) counts.system_refused = context_->system_refused.get();
}

std::vector<LinkCounts> Transport::links() const { return node_.table.books().links; }

void Transport::on_frame(const ConnectionId& from, const ReceivedFrame& frame, TimePoint now,
                         std::string_view key) {
  sessions_.pauses.on_event(now);
  frames_received_.add();
  bytes_received_.add(frame.bytes.size());
  if (FrameReader(frame.bytes, carried_bytes_max).is_reverse()) {
    return handshakes_.answers.take_reverse(from, frame.bytes, key, now);
  }
  handshakes_.frames.take(from, frame, key, now);
}

void Transport::on_answer(PeerLink& link, std::span<const std::byte> frame, TimePoint now) {
  sessions_.pauses.on_event(now);
  frames_received_.add();
  bytes_received_.add(frame.size());
  if (const FrameReader reader(frame, carried_bytes_max); reader.is_reverse()) {
    handshakes_.frames.take_reverse(link, reader.lane(), frame, now);
  } else {
    handshakes_.answers.take(link, frame, now);
  }
  sessions_.driver.drive(link, now);
}

void Transport::on_writable(PeerLink& link, TimePoint now) {
  sessions_.pauses.on_event(now);
  sessions_.driver.drive(link, now);
}

void Transport::on_writable(const ConnectionId& connection, TimePoint now) {
  sessions_.pauses.on_event(now);
  const auto* inbound = reception_.connections.find(connection);
  if (inbound == nullptr) return;
  PeerLink& link = inbound->peer->link();
  if (link.drive.reverse == inbound->peer) sessions_.driver.drive(link, now);
}

void Transport::on_lost(PeerLink& link, std::string_view reason, TimePoint now) {
  sessions_.pauses.on_event(now);
  sessions_.dialling.on_lost(link, reason, now);
}

void Transport::on_dial_refused(PeerLink& link, std::string_view reason, TimePoint now) {
  sessions_.pauses.on_event(now);
  sessions_.dialling.on_refused(link, reason, now);
}

void Transport::on_own_lack(PeerLink& link, std::string_view reason, TimePoint now) {
  sessions_.pauses.on_event(now);
  sessions_.dialling.on_own_lack(link, reason, now);
}

void Transport::on_greeting_refused(PeerLink& link, TimePoint now) {
  sessions_.pauses.on_event(now);
  sessions_.dialling.on_greeting_refused(link, now);
}

void Transport::on_own_key_refused(PeerLink& link, TimePoint now) {
  sessions_.pauses.on_event(now);
  sessions_.dialling.on_own_key_refused(link, now);
}

void Transport::on_stranger(std::string_view reason, TimePoint now) {
  node_.log.refuse(Error(ErrorCode::malformed, std::string(reason)), "a stranger", now);
}

void Transport::on_refused(std::string_view who, std::string_view reason, TimePoint now) {
  sessions_.trust.refuse(who, reason, now);
}

void Transport::on_listener_lost(std::string_view reason) {
  node_.log.error("{}: nobody can connect to this node; trying on", reason);
}

void Transport::on_connection_ended(const ConnectionId& connection, std::string_view reason) {
  handshakes_.reports.on_ended(connection, reason);
}

void Transport::on_unproven_ended(std::string_view reason, TimePoint now) {
  reception_.connection_ends.on_unproven_ended(reason, now);
}

void Transport::on_hung_up(std::size_t count, std::string_view reason, TimePoint now) {
  reception_.connection_ends.on_hung_up(count, reason, now);
}

void Transport::on_hung_up(PeerLink& link, std::string_view reason, TimePoint now) {
  reception_.connection_ends.on_hung_up(link, reason, now);
  on_lost(link, reason, now);
}

void Transport::on_holds(PeerLink& link, const Holds& holds, TimePoint now) {
  handshakes_.reports.on_holds(link, holds, now);
}

void Transport::on_farewell(RemotePeer& peer, std::string_view text) {
  lives_.ends.on_farewell(peer, text);
}

void Transport::on_namesake(const RemotePeer& peer, std::string_view process, TimePoint now) {
  sessions_.disputes.on_namesake(peer, process, now);
}

void Transport::on_impossible(RemotePeer& peer, const std::string& what, TimePoint now) {
  handshakes_.reports.on_impossible(peer, what, now);
}

void Transport::on_given_up(PeerLink& link, std::string_view reason) {
  lives_.ends.declare_down(link, reason, EndedLives::Cause::lost);
}

void Transport::on_admitted(const Newcomer& newcomer, TimePoint now) {
  handshakes_.frames.take(newcomer.connection, {newcomer.frame, nullptr}, newcomer.key, now);
}

void Transport::advance(TimePoint now) {
  sessions_.links.meet_new(now);
  sessions_.pauses.on_event(now);
  sessions_.trust.follow(sessions_.links.all(), now);
  reception_.reports.advance(now);
  node_.log.tell_suppressed(now);
  for (const PendingAsks::Ended& ended : node_.pending.take_due(now)) {
    if (ended.asker.sink == nullptr) continue;  // Actors time what they wait for themselves.
    expire(ended.asker);
  }
  send_cluster_mail(now);  // Whoever's life ends may be told something before that.
  lives_.ends.carry_out(lives_.orders.take());
  tell_of_room();
  drive_ready(now);
  lives_.paths.look(!sessions_.links.all().empty(), now);
  lives_.crowd.look(now);
  send_cluster_mail(now);
  close_if_condemned();
  reception_.losses.deliver();
  reception_.connection_ends.judge(now);
  // What is overdue is due now.
  sessions_.pauses.expect(reception_.losses.is_empty() ? std::max(next_deadline(), now) : now);
}

/// What the cluster layer has said goes out where a connection is open; else once one is.
void Transport::send_cluster_mail(TimePoint now) {
  for (PeerLink* const link : reception_.cluster_mail.take_links()) {
    sessions_.mail.send(*link, now);
  }
}

void Transport::close_if_condemned() {
  if (!std::exchange(closes_soon_, false)) return;
  say_goodbye();
  node_.carrier->let_linger(std::min(node_.settings.linger, node_.settings.handshake_timeout));
  static_cast<void>(close());
}

/// Peers hear which actors here have room for their messages again.
void Transport::tell_of_room() {
  context_->with_room.take(with_room_);
  for (const PeerTarget* target : with_room_) {
    if (target->peer() != nullptr) reception_.holds.look_for_room(*target->peer());
  }
}

/// Links that something has been sent on, and those whose time has come.
void Transport::drive_ready(TimePoint now) {
  context_->ready.take(to_look_at_);
  for (PeerLink* link : to_look_at_) {
    link->clear_ready();
    sessions_.driver.drive(*link, now);
  }
  while (const LinkDrive::Timer* timer = sessions_.timers.take_due(now)) {
    if (timer->is_rest) {
      lives_.known.look_at_rest(*timer->link, now);
    } else {
      sessions_.driver.drive(*timer->link, now);
    }
  }
}

TimePoint Transport::next_deadline() const {
  if (!reception_.losses.is_empty()) return sessions_.pauses.due();
  return std::min({node_.pending.next(), sessions_.timers.next(), lives_.paths.next(),
                   lives_.crowd.next(), reception_.connection_ends.next(),
                   reception_.reports.next()});
}

bool Transport::is_drained() {
  sessions_.links.meet_last();
  return std::ranges::all_of(sessions_.links.all(), [](const PeerLink* link) {
    if (!takes_messages(link->state())) return true;  // Nobody is there to take it.
    return !link->has_pending() && std::ranges::all_of(link->drive.in_hand, [](const Batch& batch) {
      return batch.messages == 0;
    });
  });
}

void Transport::say_goodbye() { sessions_.farewells.say(sessions_.links.all()); }

std::uint64_t Transport::close() {
  node_.actors.set_nodes(nullptr);
  node_.table.close();
  sessions_.links.meet_last();
  const std::uint64_t before = counts().dropped(ErrorCode::shutdown);
  for (PeerLink* const link : sessions_.links.all()) {
    sessions_.timers.disarm(*link);
    sessions_.ends.end(*link, ErrorCode::shutdown, "this node has stopped");
    reception_.losses.add(link->retire_all(), StopReason::node_left);
  }
  reception_.losses.clear();  // Their own system ends: nobody is to hear that others have.
  reception_.connections.clear();
  lives_.known.end_all(sessions_.links.all());
  sessions_.links.clear();
  node_.table.forget();
  for (const PendingAsks::Ended& ended : node_.pending.take_all(nullptr)) {
    complete(ended.asker, Error(ErrorCode::shutdown, "this node has stopped"));
  }
  unsent_ += counts().dropped(ErrorCode::shutdown) - before;
  return unsent_;
}

}  // namespace troupe::transport
