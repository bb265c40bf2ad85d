#include <troupe/transport/zmq/zmq_listener.hpp>

#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <troupe/base/descriptors.hpp>
#include <troupe/transport/connections/bytes_read.hpp>
#include <troupe/transport/connections/zmq_events.hpp>
#include <troupe/transport/sockets/dial_plan.hpp>
#include <troupe/transport/transport.hpp>
#include <troupe/transport/zmq/zmq_options.hpp>
#include <utility>
#include <zmq.hpp>

namespace troupe::transport {
namespace {

/// Without descriptors: connections that are given up for newer ones, or not accepted, at a time.
constexpr std::size_t given_up_at_a_time = 16;

UndeliveredBytes::Limits undelivered_of_all(const TransportSettings& settings) {
  UndeliveredBytes::Limits limits = undelivered_of_peers(settings);
  limits.strangers_bytes = strangers_bytes_max;
  return limits;
}

}  // namespace

ZmqListener::ZmqListener(zmq::context_t& context, std::unique_ptr<ListeningSocket> listening,
                         const TransportSettings& settings, ZmqSecurity& security,
                         ConnectionMonitors& monitors)
    : listening_(std::move(listening)),
      socket_(std::make_unique<zmq::socket_t>(context, zmq::socket_type::router)),
      connections_({settings.unproven_connections_max, settings.hello_timeout}),
      undelivered_(undelivered_of_all(settings)) {
  set_shared_options(*socket_, settings);
  socket_->set(zmq::sockopt::rcvhwm, frames_in_flight_max);
  socket_->set(zmq::sockopt::sndhwm, answers_in_flight_max);
  socket_->set(zmq::sockopt::router_mandatory, true);  // To be told whether a frame has left.
  watch_ = monitors.watch(socket_->handle(), listener_events());
  security.secure_listener(*socket_);
  if (!ZmqListener::bind()) throw zmq::error_t();
}

ZmqListener::~ZmqListener() { ConnectionMonitors::unwatch(socket_->handle()); }

bool ZmqListener::bind() {
  if (listening_ == nullptr) return true;
  const int lent = listening_->lend();
  if (lent < 0) return false;
  socket_->set(zmq::sockopt::use_fd, lent);
  // The address is not looked at: the socket that is lent has one.
  if (zmq_bind(socket_->handle(), "tcp://127.0.0.1:0") != 0) {
    const int error = errno;
    ::close(lent);
    errno = error;
    return false;
  }
  endpoint_ = socket_->get(zmq::sockopt::last_endpoint);
  return true;
}

void ZmqListener::unbind() {
  if (listening_ != nullptr) static_cast<void>(zmq_unbind(socket_->handle(), endpoint_.c_str()));
}

void ZmqListener::end(int linger_milliseconds) {
  ConnectionMonitors::unwatch(socket_->handle());
  socket_->set(zmq::sockopt::linger, linger_milliseconds);
}

bool ZmqListener::has_named(std::string_view id) noexcept {
  constexpr std::size_t given_bytes = 5;
  return id.size() == given_bytes && id.front() == '\0';
}

void ZmqListener::take(Transport& transport, const ConnectionEvent& event, TimePoint now) {
  const auto descriptor = static_cast<int>(event.value);
  switch (event.event) {
    case ZMQ_EVENT_ACCEPTED:
      connections_.begun(descriptor, listening_->peer_of(descriptor), now);
      undelivered_.begun(descriptor);
      break;
    case ZMQ_EVENT_DISCONNECTED: tell_end(transport, descriptor, now); break;
    case ZMQ_EVENT_CLOSED:
      undelivered_.all_ended();
      for (const std::string& name : connections_.all_ended()) {
        transport.on_connection_ended(name, "");
      }
      break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: connections_.shook_hands(); break;
    case ZMQ_EVENT_ACCEPT_FAILED: is_lacking_ |= is_own_lack(static_cast<int>(event.value)); break;
    default: tell_failure(transport, event, now);
  }
  is_told_ = is_failed_handshake(event);
}

int ZmqListener::descriptor_of_present(const std::string& name) const {
  if (present_.frame == nullptr || *present_.name != name) return -1;
  return zmq_msg_get(present_.frame->handle(), ZMQ_SRCFD);
}

void ZmqListener::has_spoken(const std::string& name) {
  connections_.has_spoken(descriptor_of_present(name), name);
}

bool ZmqListener::is_open(const std::string& name) const {
  const int descriptor = descriptor_of_present(name);
  return descriptor < 0 || connections_.name_of(descriptor) == name;
}

void ZmqListener::admit(const std::string& name) {
  undelivered_.proven(connections_.proven(descriptor_of_present(name), name));
}

void ZmqListener::delivered(zmq::message_t& frame) {
  if (!undelivered_.suspects_any()) return undelivered_.delivered();
  undelivered_.delivered(zmq_msg_get(frame.handle(), ZMQ_SRCFD));
}

bool ZmqListener::advance(Transport& transport, bool is_drained, TimePoint now) {
  if (std::exchange(is_lacking_, false)) make_room(transport, now);
  const bool is_crowded = connections_.is_crowded();
  hang_up(transport, connections_.take_overdue(now),
          is_crowded ? "too many connections that have said no hello; see unproven_connections_max"
                     : "no valid hello within hello_timeout",
          now);
  if (now < look_at() || !(is_drained || undelivered_.all_had_a_turn())) return false;
  look_at_undelivered(transport, now);
  return undelivered_.suspects_any();
}

/// Nothing wakes the thread for this alone while all connections are peers'.
TimePoint ZmqListener::next_deadline() const {
  const bool must_look = connections_.unproven() > 0 || undelivered_.has_unfinished();
  return std::min(connections_.next_deadline(), must_look ? look_at() : TimePoint::max());
}

TimePoint ZmqListener::look_at() const { return undelivered_.look_at(connections_.unproven() > 0); }

void ZmqListener::look_at_undelivered(Transport& transport, TimePoint now) {
  std::vector<InboundConnections::Overdue> offenders;
  for (const int descriptor : undelivered_.look(bytes_read_from, now)) {
    offenders.push_back({descriptor, listening_->peer_of(descriptor)});
    connections_.given_up(descriptor);
  }
  hang_up(transport, offenders, endless_message, now);
}

void ZmqListener::tell_end(Transport& transport, int descriptor, TimePoint now) {
  undelivered_.ended(descriptor);
  const std::string name = connections_.name_of(descriptor);
  const std::string_view reason = connections_.is_given_up(descriptor) ? "" : unseen_end;
  const InboundEnd was = connections_.ended(descriptor, is_told_);
  transport.on_connection_ended(name, reason);
  if (was == InboundEnd::peer) return;
  transport.on_unproven_ended(was == InboundEnd::silent ? unseen_end : "", now);
  if (was == InboundEnd::stranger) tell_stranger(transport, now);
}

void ZmqListener::hang_up(Transport& transport,
                          const std::vector<InboundConnections::Overdue>& overdue,
                          std::string_view why, TimePoint now) {
  for (const InboundConnections::Overdue& one : overdue) listening_->end(one.descriptor, one.peer);
  if (!overdue.empty()) transport.on_hung_up(overdue.size(), why, now);
}

/// Without descriptors ZeroMQ cannot take a connection off the queue, and tries again and again.
void ZmqListener::make_room(Transport& transport, TimePoint now) {
  const auto oldest = connections_.take_oldest(given_up_at_a_time);
  if (!oldest.empty()) return hang_up(transport, oldest, no_descriptors_left(), now);
  const std::size_t rejected = listening_->reject(given_up_at_a_time);
  if (rejected > 0) transport.on_hung_up(rejected, no_descriptors_left(), now);
}

}  // namespace troupe::transport
