// ZmqSecurity: CURVE on the sockets of one carrier: their keys, who may connect, and the change to
// another key while the node runs.
//
// Whom the listener lets in is asked by ZeroMQ on inproc://zeromq.zap.01 (RFC 27, ZAP 1.0) and
// answered from the carrier's own thread: the mechanism must be CURVE and the key on the ring; the
// key travels with each frame as its "User-Id". Without keys on the ring it does nothing.
//
// ZeroMQ takes a listener's key when it is bound. So a new own key unbinds and binds again, and
// that ends the connections that others have made: they dial again, with what they trust then. The
// port stays the node's meanwhile.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <troupe/transport/security/key_ring.hpp>

namespace zmq {
class context_t;
class message_t;
class socket_t;
}  // namespace zmq

namespace troupe::transport {

class Transport;

/// What others dial, as it is bound with a key. The carrier's I/O thread.
class SecuredListener {
 public:
  SecuredListener() = default;
  SecuredListener(const SecuredListener&) = delete;
  SecuredListener& operator=(const SecuredListener&) = delete;

  [[nodiscard]] virtual zmq::socket_t& socket() noexcept = 0;
  /// Begins to accept. False, with errno set, where that failed.
  [[nodiscard]] virtual bool bind() = 0;
  /// Ends what was accepted, and accepts no more. Who connects waits for the next bind().
  virtual void unbind() = 0;

 protected:
  ~SecuredListener() = default;
};

/// The carrier's I/O thread, or before it runs. Lives within the context and outlives the sockets.
class ZmqSecurity {
 public:
  ZmqSecurity(zmq::context_t& context, const KeyRing& ring);
  ~ZmqSecurity();

  [[nodiscard]] bool is_on() const noexcept { return ring_.is_on(); }

  /// To be called before the listener is bound.
  void secure_listener(zmq::socket_t& listener);
  /// To be called before the dialler connects to a node that must have this key.
  void secure_dialler(zmq::socket_t& dialler, const std::string& server_key) const;

  /// Becomes readable when ZeroMQ may have a question. With keys only.
  [[nodiscard]] int descriptor() const;

  /// The key of whoever sent a message that the listener has received; empty without keys.
  [[nodiscard]] std::string_view key_of(zmq::message_t& message) const;

  /// Answers ZeroMQ's questions, and gives the listener the node's new key, if there is one. In
  /// every round, with keys only. True when there was anything to do, which may use up an event of
  /// the listener's.
  [[nodiscard]] bool advance(SecuredListener& listener, Transport& transport, TimePoint now);
  /// When advance() must be called at the latest.
  [[nodiscard]] TimePoint next_deadline() const noexcept { return bind_at_; }

 private:
  [[nodiscard]] bool answer_questions(Transport& transport, TimePoint now);
  [[nodiscard]] bool follow_key(SecuredListener& listener, Transport& transport, TimePoint now);
  void bind_again(SecuredListener& listener, Transport& transport, TimePoint now);

  const KeyRing& ring_;
  std::unique_ptr<zmq::socket_t> questions_;
  std::uint64_t version_ = 0;  // Of the ring, when the listener's key was looked at.
  std::string bound_with_;     // The listener's public key.
  TimePoint bind_at_ = TimePoint::max();
  TimePoint released_at_{};
  bool failure_told_ = false;
};

}  // namespace troupe::transport
