#include <troupe/transport/zmq/zmq_sessions.hpp>

#include <algorithm>
#include <array>
#include <troupe/base/descriptors.hpp>
#include <troupe/base/hand_over.hpp>
#include <troupe/transport/connections/bytes_read.hpp>
#include <troupe/transport/connections/zmq_events.hpp>
#include <troupe/transport/sockets/event_poll.hpp>
#include <troupe/transport/transport.hpp>
#include <troupe/transport/zmq/lent_frame.hpp>
#include <troupe/transport/zmq/zmq_options.hpp>
#include <troupe/transport/zmq/zmq_security.hpp>
#include <utility>
#include <zmq.hpp>

namespace troupe::transport {
namespace {

/// Frames longer than this leave without being copied.
constexpr std::size_t copied_bytes_max = Outbox::batch_bytes * 2;
/// What the kernel gives for the DEALERs of one link, their monitors and their connections.
constexpr std::size_t descriptors_of_a_session = 6;
constexpr std::string_view no_room =
    "ZeroMQ has no room for more sockets, or the kernel observes no more descriptors; see "
    "fs.epoll.max_user_watches";
/// For how long the end of a connection waits for what the peer has said last, its farewell maybe,
/// on another one: ZeroMQ sends and reads several connections in no order.
constexpr Duration last_words_grace = std::chrono::milliseconds(100);
/// ZeroMQ is to leave dialling anew to us, and yet to keep what it has received when a connection
/// ends: without an interval at all it ends the pipe, and with that drops what was not read yet
/// (session_base_t::reconnect() and pipe_t::terminate() in libzmq 4.3.4). A day, in milliseconds.
constexpr int never_again = 24 * 60 * 60 * 1000;
/// Of the time for a handshake, four fifths are for finding an address that answers.
constexpr Duration dial_time(Duration handshake) { return handshake / 5 * 4; }
/// Three quarters of the process's descriptors are not for addresses that are only being tried.
std::size_t dials_at_once(const TransportSettings& settings) {
  const std::size_t share = std::max<std::size_t>(1, count_descriptors().max / 4);
  return std::min(settings.dials_at_once_max, share);
}

}  // namespace

struct ZmqSessions::Dialled {
  PeerLink* link;
  zmq::socket_t socket;
  std::uint64_t watch = 0;
  bool busy = false;
  bool touched = false;     // Its events have to be looked at.
  bool unanswered = false;  // A control connection on which nothing has come yet.
  int descriptor = -1;      // Of the connection, once it is made.

  ~Dialled() { ConnectionMonitors::unwatch(socket.handle()); }
};

/// The connections of one link.
struct ZmqSessions::Session {
  std::string server_key;
  NodeAddress node = {};                       // As it was dialled.
  std::vector<wire::Writer> kept = {};         // For the control lane, until somebody answers.
  bool was_busy = false;                       // There was no room there for more.
  std::optional<NumericAddress> address = {};  // That has answered.
  std::array<std::unique_ptr<Dialled>, lane_count> lanes = {};
  bool is_ending = false;  // One of them has ended; see ending_.
};

ZmqSessions::ZmqSessions(zmq::context_t& context, const ZmqSecurity& security,
                         ConnectionMonitors& monitors, EventPoll& poll,
                         const TransportSettings& settings, Resolver::LookUp look_up,
                         std::function<void()> wake)
    : context_(context),
      security_(security),
      monitors_(monitors),
      poll_(poll),
      settings_(settings),
      dialler_(poll, std::move(look_up), std::move(wake),
               {dial_time(settings.handshake_timeout), dials_at_once(settings)}),
      undelivered_(undelivered_of_peers(settings)) {}

ZmqSessions::~ZmqSessions() = default;

void ZmqSessions::free_hung_up() { hung_up_.clear(); }

void ZmqSessions::end(int linger_milliseconds) {
  for (const auto& [link, session] : sessions_) {
    for (const auto& dialled : session.lanes) {
      if (dialled != nullptr) dialled->socket.set(zmq::sockopt::linger, linger_milliseconds);
    }
  }
  touched_.clear();
  ending_.clear();
  watched_.clear();
  of_descriptors_.clear();
  undelivered_.all_ended();
  unanswered_ = 0;
  hung_up_.clear();
  sessions_.clear();
}

/// The control lane finds an address that answers; the others take the same.
void ZmqSessions::dial(PeerLink& link, Lane lane, const NodeAddress& address,
                       const std::string& server_key, TimePoint now) {
  Session& session = sessions_[&link];
  if (session.address) {
    static_cast<void>(connect(link, lane));
  } else {
    session.server_key = server_key;
    session.node = address;
    dialler_.dial(link, address, link.drive.tries > 0, now);
  }
}

/// False where this process lacks what it takes, which the transport is told of soon.
bool ZmqSessions::connect(PeerLink& link, Lane lane) {
  Session& session = sessions_.at(&link);
  try {
    std::unique_ptr<Dialled> dialled(
        new Dialled{&link, zmq::socket_t(context_, zmq::socket_type::dealer)});
    zmq::socket_t& socket = dialled->socket;
    set_shared_options(socket, settings_);
    socket.set(zmq::sockopt::ipv6, session.address->is_v6());
    socket.set(zmq::sockopt::reconnect_ivl, never_again);
    socket.set(zmq::sockopt::rcvhwm, answers_in_flight_max);
    socket.set(zmq::sockopt::sndhwm, frames_in_flight_max);
    security_.secure_dialler(socket, session.server_key);
    dialled->watch = monitors_.watch(socket.handle(), dialled_events());
    socket.connect("tcp://" + session.address->to_string());
    if (!poll_.add(descriptor_of(socket), dialled->watch)) throw zmq::error_t();
    watched_[dialled->watch] = dialled.get();
    touch(*dialled);
    dialled->unanswered = lane == Lane::control;
    if (dialled->unanswered) ++unanswered_;
    session.lanes[index_of(lane)] = std::move(dialled);
    return true;
  } catch (const zmq::error_t&) {  // No file descriptors left, or sockets of ZeroMQ's.
    undialable_.push_back(&link);
    return false;
  }
}

void ZmqSessions::misled(PeerLink& link) {
  const auto session = sessions_.find(&link);
  if (session == sessions_.end() || !session->second.address) return;
  dialler_.note_wrong(session->second.node, *session->second.address);
}

void ZmqSessions::hang_up(PeerLink& link) {
  dialler_.forget(link);
  std::erase(undialable_, &link);
  const auto session = sessions_.find(&link);
  if (session == sessions_.end()) return;
  for (auto& dialled : session->second.lanes) {
    if (dialled == nullptr) continue;
    std::erase(touched_, dialled.get());
    watched_.erase(dialled->watch);
    let_go(*dialled);
    poll_.remove(descriptor_of(dialled->socket));
    dialled->socket.set(zmq::sockopt::linger, linger_milliseconds_);
    hung_up_.push_back(std::move(dialled));
  }
  sessions_.erase(session);
}

void ZmqSessions::let_linger(Duration time) noexcept {
  linger_milliseconds_ = in_milliseconds(time);
}

bool ZmqSessions::send(PeerLink& link, Lane lane, wire::Writer& frame) {
  Dialled* dialled = find(link, lane);
  return dialled != nullptr ? send(*dialled, frame) : keep(link, lane, frame);
}

bool ZmqSessions::send(Dialled& dialled, wire::Writer& frame) {
  if (dialled.busy) return false;
  touch(dialled);  // Sending may use up the socket's event of something to be read.
  if (frame.size() <= copied_bytes_max) {
    const auto sent = dialled.socket.send(zmq::const_buffer(frame.data(), frame.size()),
                                          zmq::send_flags::dontwait);
    dialled.busy = !sent;
    return sent.has_value();
  }
  auto* lent = new LentFrame(std::move(frame));
  zmq::message_t message(const_cast<std::byte*>(lent->frame.data()), lent->frame.size(), &give_back,
                         lent);
  shows(&lent->is_lent);
  lent->is_lent.store(true, std::memory_order_release);
  if (dialled.socket.send(message, zmq::send_flags::dontwait)) return true;
  // Still ours, as the message is: its bytes go back to where they were.
  frame = std::move(lent->frame);
  dialled.busy = true;
  return false;
}

/// What is said before somebody has answered waits here, as much as ZeroMQ would hold afterwards.
bool ZmqSessions::keep(const PeerLink& link, Lane lane, wire::Writer& frame) {
  const auto found = sessions_.find(&link);
  if (found == sessions_.end() || found->second.address || lane != Lane::control) return false;
  Session& session = found->second;
  session.was_busy = session.was_busy || session.kept.size() == frames_in_flight_max;
  if (session.was_busy) return false;
  session.kept.push_back(std::move(frame));
  return true;
}

/// Its watch is what the poll tells of a connection.
void ZmqSessions::touch(EventPoll::Source source) {
  if (Dialler::is_own(source)) return dialler_.touch(source);
  if (const auto dialled = watched_.find(source); dialled != watched_.end()) {
    touch(*dialled->second);
  }
}

void ZmqSessions::touch(Dialled& dialled) {
  if (std::exchange(dialled.touched, true)) return;
  touched_.push_back(&dialled);
}

bool ZmqSessions::take_answers(Transport& transport, const Clock& clock) {
  bool any = false;
  for (Dialled* dialled : std::exchange(touched_, {})) {
    dialled->touched = false;
    if (take_answers_of(*dialled, transport, clock.now())) any = true;
  }
  return any;
}

/// What a dialled connection has to say. An event of a socket is told once: all has to be taken.
bool ZmqSessions::take_answers_of(Dialled& dialled, Transport& transport, TimePoint now) {
  const auto is_open = [&] {
    return std::ranges::none_of(hung_up_, [&](const auto& old) { return old.get() == &dialled; });
  };
  bool any = false;
  zmq::message_t answer;
  while (is_open() && dialled.socket.recv(answer, zmq::recv_flags::dontwait)) {
    any = true;
    if (std::exchange(dialled.unanswered, false)) --unanswered_;
    if (undelivered_.suspects_any()) undelivered_.delivered(dialled.descriptor);
    transport.on_answer(*dialled.link, bytes_of(answer), now);
  }
  if (is_open() && dialled.busy && (dialled.socket.get(zmq::sockopt::events) & ZMQ_POLLOUT) != 0) {
    any = true;
    dialled.busy = false;
    transport.on_writable(*dialled.link, now);
  }
  return any;
}

void ZmqSessions::take(Transport& transport, const ConnectionEvent& event, TimePoint now) {
  const auto dialled = watched_.find(event.watch);
  if (dialled == watched_.end()) return;
  if (event.event == ZMQ_EVENT_CONNECTED) {
    return begun(*dialled->second, static_cast<int>(event.value));
  }
  static_cast<void>(take_answers_of(*dialled->second, transport, now));
  const auto still = watched_.find(event.watch);
  if (still == watched_.end()) return;
  PeerLink& link = *still->second->link;
  Session& session = sessions_.at(&link);
  if (session.is_ending) return;
  if (event.event != ZMQ_EVENT_DISCONNECTED) return tell_loss(transport, link, event, now);
  session.is_ending = true;
  ending_.push_back({event, later(now, last_words_grace)});
}

/// Tells of those ends that have waited. True when there was one.
bool ZmqSessions::tell_ends(Transport& transport, TimePoint now) {
  bool any = false;
  while (!ending_.empty() && ending_.front().at <= now) {
    const ConnectionEvent event = ending_.front().event;
    ending_.pop_front();
    const auto dialled = watched_.find(event.watch);
    if (dialled == watched_.end()) continue;  // It was hung up on.
    any = true;
    PeerLink& link = *dialled->second->link;
    for (std::size_t lane = 0; lane < lane_count && watched_.contains(event.watch); ++lane) {
      Dialled* const other = sessions_.at(&link).lanes[lane].get();
      if (other != nullptr) static_cast<void>(take_answers_of(*other, transport, now));
    }
    if (watched_.contains(event.watch)) tell_loss(transport, link, event, now);
  }
  return any;
}

/// What became of dials.
bool ZmqSessions::take_outcomes(Transport& transport, TimePoint now) {
  bool any = !undialable_.empty();
  any |= look_at_undelivered(transport, now);
  any |= tell_ends(transport, now);
  dialler_.advance(now);
  while (auto outcome = dialler_.take()) {
    any = true;
    take_outcome(transport, *std::move(outcome), now);
  }
  for (PeerLink* link : std::exchange(undialable_, {})) {
    const bool by_number = !has_descriptors_left(descriptors_of_a_session);
    transport.on_own_lack(*link, by_number ? no_descriptors_left() : std::string(no_room), now);
  }
  return any;
}

void ZmqSessions::take_outcome(Transport& transport, Dialler::Outcome outcome, TimePoint now) {
  PeerLink& link = *outcome.link;
  const auto found = sessions_.find(&link);
  if (found == sessions_.end()) return;
  if (outcome.own_lack) return transport.on_own_lack(link, outcome.reason, now);
  if (outcome.refused) return transport.on_dial_refused(link, outcome.reason, now);
  if (!outcome.address) return transport.on_lost(link, outcome.reason, now);
  Session& session = found->second;
  session.address = std::move(outcome.address);
  std::vector<wire::Writer> kept = std::move(session.kept);
  if (!connect(link, Lane::control)) return;
  Dialled& control = *session.lanes[index_of(Lane::control)];
  for (wire::Writer& frame : kept) static_cast<void>(send(control, frame));  // There is room.
  if (session.was_busy) transport.on_writable(link, now);
}

TimePoint ZmqSessions::next_deadline() const {
  const bool must_look = unanswered_ > 0 || undelivered_.has_unfinished();
  return std::min({dialler_.next_deadline(), must_look ? look_at() : TimePoint::max(),
                   ending_.empty() ? TimePoint::max() : ending_.front().at});
}

TimePoint ZmqSessions::look_at() const { return undelivered_.look_at(unanswered_ > 0); }

/// Nobody is blamed for what waits here to be received.
bool ZmqSessions::look_at_undelivered(Transport& transport, TimePoint now) {
  if (now < look_at()) return false;
  bool any = false;
  if (undelivered_.suspects_any()) {
    std::vector<Dialled*> all;  // What is told here may end some; hung_up_ has them then.
    all.reserve(watched_.size());
    for (const auto& [watch, dialled] : watched_) all.push_back(dialled);
    for (Dialled* dialled : all) any |= take_answers_of(*dialled, transport, now);
  }
  for (const int descriptor : undelivered_.look(bytes_read_from, now)) {
    const auto offender = of_descriptors_.find(descriptor);
    if (offender == of_descriptors_.end()) continue;
    any = true;
    transport.on_hung_up(*offender->second->link, endless_message, now);
  }
  return any;
}

/// ZeroMQ's events come in order for each connection, but not for several: an end may be told after
/// the beginning of the next one that has the descriptor.
void ZmqSessions::begun(Dialled& dialled, int descriptor) {
  dialled.descriptor = descriptor;
  of_descriptors_[descriptor] = &dialled;
  undelivered_.begun(descriptor);
  undelivered_.proven(descriptor);  // Whoever that is, this node has chosen to dial it.
}

void ZmqSessions::let_go(const Dialled& dialled) {
  if (dialled.unanswered) --unanswered_;
  const auto known = of_descriptors_.find(dialled.descriptor);
  if (known == of_descriptors_.end() || known->second != &dialled) return;
  of_descriptors_.erase(known);
  undelivered_.ended(dialled.descriptor);
}

ZmqSessions::Dialled* ZmqSessions::find(const PeerLink& link, Lane lane) {
  const auto session = sessions_.find(&link);
  return session != sessions_.end() ? session->second.lanes[index_of(lane)].get() : nullptr;
}

}  // namespace troupe::transport
