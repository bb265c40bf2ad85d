// Carrier: what moves frames between nodes. A seam: ZeroMQ does it in production, a simulated
// network in tests.
//
// All functions but wake() are called on the carrier's I/O thread, which may be now one thread and
// now another (IoRole), and on which it tells the transport of what has happened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/transport/frame/lane.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::transport {

class PeerLink;

/// Names a connection that another node has made to this one.
using ConnectionId = std::string;

/// A frame that has come. Without an owner the bytes are gone after the call that brings them.
struct ReceivedFrame {
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;
};

class Carrier {
 public:
  virtual ~Carrier() = default;

  /// Begins a connection for this lane of a link, which has none. Its failure is told to the
  /// transport. Where links are secured, who listens there must hold `server_key`; it is empty
  /// otherwise.
  virtual void dial(PeerLink& link, Lane lane, const NodeAddress& address,
                    const std::string& server_key) = 0;

  /// Who answered where this link was dialled is not its node: the next dial begins with another
  /// address of its host, if it has any. Before hang_up().
  virtual void misled(PeerLink& /*link*/) {}

  /// Ends the connections of this link, if it has any, without a word to the transport.
  virtual void hang_up(PeerLink& link) = 0;
  /// What was sent on connections that are hung up on from now on still leaves, for up to so long.
  virtual void let_linger(Duration /*time*/) {}

  /// Sends one frame on the lane's connection; may take the frame's memory. False when the
  /// connection is busy: then the frame is as it was, and Transport::on_writable() is called once
  /// it is not.
  [[nodiscard]] virtual bool send(PeerLink& link, Lane lane, wire::Writer& frame) = 0;

  /// What became of a frame: it leaves; the connection is busy; there is no such connection.
  enum class Sent : std::uint8_t { yes, busy, gone };

  /// Sends one frame on a connection that another node has made, so that nothing is lost before the
  /// connection ends. When it is busy, Transport::on_writable() is called once it is not.
  [[nodiscard]] virtual Sent send_reverse(const ConnectionId& connection,
                                          std::span<const std::byte> frame) = 0;

  /// Sends one frame back on a connection that another node has made. False where it cannot leave:
  /// it is lost.
  virtual bool answer(const ConnectionId& connection, std::span<const std::byte> frame) = 0;

  /// What the connection that brings the present frame has to say is checked, and told of where it
  /// is refused: its end needs no reason.
  virtual void has_spoken(const ConnectionId& /*connection*/) {}

  /// Whether the end of the connection that brings the present frame is still to come, and will be
  /// told.
  [[nodiscard]] virtual bool is_open(const ConnectionId& /*connection*/) { return true; }

  /// The connection that brings the present frame has said a valid hello: it is a peer's and may
  /// stay.
  virtual void admit(const ConnectionId& /*connection*/) {}

  /// Has Transport::advance() called soon. Any thread.
  virtual void wake() noexcept = 0;
};

}  // namespace troupe::transport
