// Association: where the link to one peer is in its life. Pure: events in, a state and what to do
// out; no time, no sockets.
//
//   state \ event   wanted       welcomed   lost    gate_over   ended
//   idle            handshaking  .          .       .           closed
//   handshaking     .            open       gated   .           closed
//   open            .            .          gated   .           closed
//   gated           .            .          .       probing     closed
//   probing         .            open       gated   .           closed
//   closed          .            .          .       .           .
//
// A dot means "stay, do nothing": late events are normal on a network, not bugs. While handshaking,
// messages wait for the peer's welcome, which says who it is; gated and probing, the peer is known
// to be unreachable and messages for it are refused at once.
#pragma once

#include <cstdint>

namespace troupe::transport {

enum class AssociationState : std::uint8_t { idle, handshaking, open, gated, probing, closed };

enum class AssociationEvent : std::uint8_t {
  wanted,     ///< Somebody has a message for the peer.
  welcomed,   ///< The peer has accepted us and said who it is.
  lost,       ///< No connection, no welcome in time, refused, or the connection has ended.
  gate_over,  ///< The pause after a loss is over.
  ended,      ///< This node stops.
};

/// What whoever drives the association has to do after an event.
enum class AssociationAction : std::uint8_t {
  none,
  dial,     ///< Open a connection and say hello; begin the handshake's time.
  release,  ///< Send what has waited.
  give_up,  ///< Drop what waits and fail the asks; begin the gate's time.
  drop,     ///< Drop what waits and fail the asks, for good.
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
  const bool trying = state == handshaking || state == probing;
  switch (event) {
    case Event::wanted:
      if (state == idle) return {handshaking, Action::dial};
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
    case Event::ended: return {closed, Action::drop};
  }
  return {state};
}

/// Whether a message may be put into the outbox: it leaves now, or once the peer has answered.
[[nodiscard]] constexpr bool takes_messages(AssociationState state) noexcept {
  return state == AssociationState::handshaking || state == AssociationState::open;
}

}  // namespace troupe::transport
