// SessionOpener: begins the connections of this node's sessions, and says its hello on them. It
// acts through Carrier.
#pragma once

#include <troupe/transport/identity/pair_epochs.hpp>
#include <troupe/transport/reception/type_exchange.hpp>
#include <troupe/transport/sending/frame_sender.hpp>
#include <troupe/transport/sessions/handshake.hpp>

namespace troupe::transport {

/// I/O thread. What it is made with outlives it.
class SessionOpener {
 public:
  /// The parts of the node that know what a hello says, and send it.
  struct Parts {
    const NodeIdentity& self;
    const TransportSettings& settings;
    const PairEpochs& epochs;
    const Handshake& handshake;
    const NodeCarrier& carrier;
    TypeExchange& types;
    FrameSender& sender;
  };

  explicit SessionOpener(const Parts& parts) noexcept : parts_(parts) {}

  /// Begins a connection for one lane of the link's present session. In a reverse session it is
  /// begun on one of the peer's, which may be busy: then the lane counts as not dialled.
  void open_lane(PeerLink& link, Lane lane);
  /// Says this node's hello again, on a connection that there is; where the link only introduces
  /// itself, one that begins nothing. False where it was not taken.
  bool say_hello(PeerLink& link, Lane lane);
  /// Dials the link's address besides the present session, and asks who is there.
  void ask_who_is_there(PeerLink& link);

 private:
  [[nodiscard]] wire::Writer hello(const PeerLink& link, Lane lane, std::uint64_t session) const;

  const Parts parts_;
};

}  // namespace troupe::transport
