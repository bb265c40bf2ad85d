// Replies: the answer to a request, on its way to whoever asked.
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
