// Association: where the link to one peer is in its life. Pure: events in, a state and what to do
// out; no time, no sockets.
//
//   state \ event wanted      welcomed lost  gate_over heard       moved       unused down ended
//   idle          handshaking .        .     .         .           .           .      quarantined
//   closed handshaking   .           open     gated .         .           .           . quarantined
//   closed open          .           .        gated .         .           handshaking idle
//   quarantined closed gated         .           .        .     probing   handshaking .           .
//   quarantined closed probing       .           open     gated .         handshaking .           .
//   quarantined closed quarantined   handshaking .        .     .         .           .           .
//   quarantined closed closed        .           .        .     .         .           .           .
//   .             .
//
// A dot means "stay, do nothing": late events are normal on a network, not bugs. While handshaking,
// messages wait for the peer's welcome, which says who it is; gated and probing, the peer is known
// to be unreachable and messages for it are refused at once. A peer that connects to us is back:
// what answers its messages waits for our connection to it. Quarantined, the life that was there
// is over for good, and what depended on it has ended; who wants to talk finds out whether another
// is there. Which lives are over is not the association's to know: see ended_lives.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::transport {

enum class AssociationState : std::uint8_t {
  idle,
  handshaking,
  open,
  gated,
  probing,
  quarantined,
  closed,
};

/// As it is written in logs and counts, for example "open".
[[nodiscard]] constexpr std::string_view to_string(AssociationState state) noexcept {
  constexpr std::string_view names[] = {"idle",    "handshaking", "open",  "gated",
                                        "probing", "quarantined", "closed"};
  return names[static_cast<std::size_t>(state)];
}

enum class AssociationEvent : std::uint8_t {
  wanted,     ///< Somebody has a message for the peer.
  welcomed,   ///< The peer has accepted us and said who it is.
  lost,       ///< No connection, no welcome in time, refused, silent, or a connection has ended.
  gate_over,  ///< The pause after a loss is over.
  heard,      ///< The peer has connected to this node.
  moved,      ///< The link goes on with another connection; nothing is under way on the old one.
  unused,     ///< Nobody has needed the connection for long; nothing is under way on it.
  declared_down,  ///< The peer was unreachable for too long, or somebody above has decided.
  ended,          ///< This node stops.
};

/// What whoever drives the association has to do after an event.
enum class AssociationAction : std::uint8_t {
  none,
  dial,        ///< Open a connection and say hello; begin the handshake's time.
  release,     ///< Send what has waited.
  give_up,     ///< Drop what waits and fail the asks; begin the gate's time.
  quarantine,  ///< Drop what waits and tell everybody who depended on the peer that it is down.
  drop,        ///< Drop what waits and fail the asks, for good.
};

struct AssociationStep {
  AssociationState state;
  AssociationAction action = AssociationAction::none;

  friend constexpr bool operator==(const AssociationStep&, const AssociationStep&) = default;
};

[[nodiscard]] constexpr AssociationStep step(AssociationState state,
                                             AssociationEvent event) noexcept {
  using enum AssociationState;
  using Event = AssociationEvent;
  using Action = AssociationAction;
  if (state == closed) return {closed};
  const bool resting = state == idle || state == quarantined;
  const bool trying = state == handshaking || state == probing;
  switch (event) {
    case Event::wanted:
      if (resting) return {handshaking, Action::dial};
      break;
    case Event::welcomed:
      if (trying) return {open, Action::release};
      break;
    case Event::lost:
      if (trying || state == open) return {gated, Action::give_up};
      break;
    case Event::gate_over:
      if (state == gated) return {probing, Action::dial};
      break;
    case Event::heard:
      if (state == gated) return {handshaking, Action::dial};
      if (state == probing) return {handshaking};
      break;
    case Event::moved:
      if (state == open) return {handshaking, Action::dial};
      break;
    case Event::unused:
      if (state == open) return {idle, Action::give_up};
      break;
    case Event::declared_down: return {quarantined, Action::quarantine};
    case Event::ended: return {closed, Action::drop};
  }
  return {state};
}

/// Whether a connection is being made, and nobody has answered yet.
[[nodiscard]] constexpr bool is_trying(AssociationState state) noexcept {
  return state == AssociationState::handshaking || state == AssociationState::probing;
}

/// Whether nobody was reached there, and nobody has come from there since.
[[nodiscard]] constexpr bool is_unreachable(AssociationState state) noexcept {
  return state == AssociationState::gated || state == AssociationState::probing;
}

/// Whether a message may be put into the outbox: it leaves now, or once the peer has answered.
[[nodiscard]] constexpr bool takes_messages(AssociationState state) noexcept {
  return state == AssociationState::handshaking || state == AssociationState::open;
}

}  // namespace troupe::transport
