// Deferred: an answer that a handler owes and gives later.
#pragma once

#include <memory>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <utility>

namespace troupe {

/// What a handler returns when its answer comes later: Context::defer() makes a pair of it and the
/// Promise-like half that is kept.
template <class R>
struct Deferred;

namespace runtime {

/// In the envelope that stands for a request whose answer was deferred.
struct DeferredRequest {
  static constexpr bool local_message = true;
  const Envelope* request;  ///< Compared only: it may be gone.
  bool counted = false;     ///< Its actor is not idle while it owes the answer.
};

/// Notes, for an actor that may end for being idle, that it owes something, and says in `counted`
/// whether it did; then settle() is due. Actor thread.
void begin_to_owe(Cell& cell, bool& counted);
/// What the actor owed is done with. Any thread.
void settle(ActorId id) noexcept;

/// Lets go of such an envelope: while the handler runs that has deferred, its request has an asker
/// again, who hears how the handler ends; later an asker that still waits hears `cancelled`.
void release_deferred(Envelope* kept) noexcept;

/// Such an envelope is answered, or let go.
inline void settle_deferred(Envelope& kept) noexcept {
  if (kept.type == &message_type<DeferredRequest> &&
      std::exchange(kept.payload_as<DeferredRequest>().counted, false)) {
    settle(kept.target);
  }
}

struct ReleaseDeferred {
  void operator()(Envelope* kept) const noexcept { release_deferred(kept); }
};

}  // namespace runtime

/// Answers one request, once, from this actor's turn or any thread. Movable. One that is dropped
/// without an answer answers `cancelled`; where its handler drops it by throwing, the asker hears
/// of that, but one that is kept elsewhere still owes the answer.
template <class R>
class ReplyTo {
 public:
  explicit ReplyTo(runtime::Envelope* request) noexcept : request_(request) {}

  void set(Result<R> result) {
    if (request_ == nullptr) return;
    const runtime::EnvelopePtr request(request_.release());
    runtime::settle_deferred(*request);
    if (!result.ok()) result = runtime::from_handler(std::move(result).error());
    runtime::answer_with_result(request.get(), std::move(result));
  }

 private:
  std::unique_ptr<runtime::Envelope, runtime::ReleaseDeferred> request_;
};

/// Says to the compiler and the reader that the handler answers later.
template <class R>
struct Later {};

template <class R>
struct Deferred {
  ReplyTo<R> reply;  ///< Keep it, and set() it.
  Later<R> later;    ///< Return it.
};

/// Says that the request was passed on with forward(), and will be answered from there.
template <class R>
struct Forwarded {};

/// Says that the request was put aside with stash(), and is answered when it is handled again: what
/// a handler that returns a Result or a Task returns instead of an answer.
struct Stashed {
  template <class R>
  operator Result<R>() const {  // NOLINT(google-explicit-constructor)
    return Error(ErrorCode::cancelled, "put aside with stash()");  // Nobody waits for it.
  }
};

}  // namespace troupe
