#include <troupe/transport/connections/zmq_events.hpp>

#include <zmq.h>
#include <troupe/transport/transport.hpp>

namespace troupe::transport {
namespace {

constexpr int failed_handshakes = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                                  ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                  ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

constexpr std::string_view unequal_reason =
    "one of the two nodes has keys and the other has none: give both of them keys, or neither";

}  // namespace

int dialled_events() noexcept {
  return ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED | failed_handshakes;
}

void tell_loss(Transport& transport, PeerLink& link, const ConnectionEvent& event, TimePoint now) {
  switch (event.event) {
    case ZMQ_EVENT_CLOSED: return transport.on_lost(link, "the connection was refused", now);
    case ZMQ_EVENT_DISCONNECTED: return transport.on_lost(link, "the connection has ended", now);
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return transport.on_own_key_refused(link, now);
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return transport.on_greeting_refused(link, now);
    default: break;
  }
  const bool unequal = event.value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH;
  transport.on_lost(link, unequal ? unequal_reason : "what listens there is no node", now);
}

int listener_events() noexcept {
  return ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED |
         ZMQ_EVENT_HANDSHAKE_SUCCEEDED | failed_handshakes;
}

bool is_failed_handshake(const ConnectionEvent& event) noexcept {
  return (event.event & failed_handshakes) != 0;
}

void tell_failure(Transport& transport, const ConnectionEvent& event, TimePoint now) {
  if (event.event != ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) return;
  switch (event.value) {
    case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH:
      return transport.on_refused("a node that dialled this one", unequal_reason, now);
    case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC:
      return transport.on_refused("a node that dialled with another key than this node's",
                                  "its trusted keys name an old key for this node, or a wrong one",
                                  now);
    default: return tell_stranger(transport, now);
  }
}

void tell_stranger(Transport& transport, TimePoint now) {
  transport.on_stranger("a connection that did not speak ZeroMQ to its end", now);
}

}  // namespace troupe::transport
