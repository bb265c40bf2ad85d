// Replies: the answer to a request, on its way to whoever asked; and whom that one waits for until
// then, which is an edge of the wait graph.
#pragma once

#include <cstdint>
#include <optional>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/ports/reply_sink.hpp>
#include <troupe/base/error.hpp>

namespace troupe::runtime {

/// Sends `reply`, whose AskPart's token was copied from the request, to the asker of `request`,
/// which then has none any more. Takes the reply. Any thread.
void send_reply(Envelope* request, Envelope* reply) noexcept;

/// Answers the asker, if one still waits, with `error`, and leaves the envelope without an asker.
/// One for whose answer there is no memory hears of the end of its time instead.
void answer_with_error(Envelope* envelope, Error error) noexcept;

/// Tells an asker that still waits that its request was dropped; without memory as the one before.
void answer_dropped(Envelope* envelope) noexcept;

/// Leaves the envelope without an asker, and one that still waits to the end of its time: where
/// there is no memory for an answer.
void leave_unanswered(Envelope& request) noexcept;

/// Lets go of an envelope whose message was not used. An asker that still waits hears that its ask
/// was dropped without an answer.
void discard(Envelope* envelope) noexcept;

struct Discard {
  void operator()(Envelope* envelope) const noexcept { discard(envelope); }
};
using EnvelopePtr = std::unique_ptr<Envelope, Discard>;

/// What tells an ask from all others of its asker that are under way.
[[nodiscard]] inline std::uint64_t number_of(const AskPart& ask) noexcept {
  return ask.sink != nullptr ? reinterpret_cast<std::uintptr_t>(ask.sink) : ask.token;
}

/// Set in the number of what waits for an actor's end, and not for its answer.
inline constexpr std::uint64_t end_edge_bit = std::uint64_t{1} << 63U;

/// The edge to `target` that belongs to the ask of this number; none to nobody. Its lowest bit says
/// whether it is one to an actor's end.
[[nodiscard]] constexpr WaitEdge wait_edge(ActorId target, std::uint64_t ask) noexcept {
  constexpr WaitEdge ask_bits = 0xffffffff;
  if (target == 0) return 0;
  const WaitEdge hash = ((ask * 0x9e3779b97f4a7c15U) >> 32U) & ~WaitEdge{1};
  return (target & ~ask_bits) | hash | (ask >> 63U);
}
[[nodiscard]] constexpr bool is_end_edge(WaitEdge edge) noexcept { return (edge & 1U) != 0; }

/// Makes `asker`, if it waits with this ask for `before`, wait for `now` instead; 0: for nobody.
/// True if it did. See the wait graph in tasks.hpp. Any thread.
bool move_wait_edge(ActorId asker, std::uint64_t ask, ActorId before, ActorId now) noexcept;

/// Says that the actor that has `request` is not kept from answering by what it waits for itself.
/// Any thread.
void clear_wait_edge(Envelope& request) noexcept;

/// The answer `value`, for send_reply(); only for a request whose asker waits.
template <class R>
[[nodiscard]] Envelope* make_reply(Envelope* request, R&& value) {
  return make_envelope(Kind::reply, request->sender, request->target,
                       AskPart{nullptr, request->ask().token, request->ask().deadline},
                       std::forward<R>(value));
}

/// Answers the asker of `request` with `value`; does nothing where none waits. Any thread.
template <class R>
void answer(Envelope* request, R&& value) {
  if (!request->awaits_answer()) return;
  send_reply(request, make_reply(request, std::forward<R>(value)));
}

/// An error that a handler answers with. The handler has begun, so it never says that the request
/// definitely was not executed, though it may have come from a request that was not.
[[nodiscard]] inline Error from_handler(Error error) {
  return Error(error.code(), error.context());
}

}  // namespace troupe::runtime
