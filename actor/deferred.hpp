// Deferred: an answer that a handler owes and gives later.
//
//   troupe::Later<int> on(Reserve order) {
//     auto [reply, later] = defer<int>();
//     waiting_.push_back(std::move(reply));     // a std::vector<troupe::ReplyTo<int>>
//     return later;
//   }
//   void on(Arrived goods) {
//     for (auto& reply : waiting_) reply.set(goods.count);
//     waiting_.clear();
//   }
//
// For an answer that another message brings. One that the handler itself can wait for is a Task.
#pragma once

#include <cstdint>
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

/// Set in Envelope::reserved of a request whose handler, in this handling of it, has given the
/// asker away: it has deferred, forwarded or put aside. Another handling begins without it.
inline constexpr std::uint8_t asker_given_away = 4;

/// In the envelope that stands for a request whose answer was deferred.
struct DeferredRequest {
  static constexpr bool local_message = true;
  const Envelope* request;  ///< Compared only: it may be gone.
  bool counted = false;     ///< Its actor is not idle while it owes the answer.
};

/// The envelope that keeps what is owed for the request: who waits for its answer, and a share of
/// its ticket. Null for one without either, which nobody waits for.
[[nodiscard]] Envelope* defer_request(Cell& cell, Envelope& request);
/// The deferred answer was given.
void note_answered(Envelope& kept) noexcept;

/// Notes, for an actor that may end for being idle, that it owes something, and says in `counted`
/// whether it did; then settle() is due. Actor thread.
void begin_to_owe(Cell& cell, bool& counted);
/// What the actor owed is done with. Any thread.
void settle(ActorId id) noexcept;

/// Lets go of such an envelope: while the handler runs that has deferred, its request has an asker
/// again, who hears how the handler ends; later an asker that still waits hears `cancelled`.
void release_deferred(Envelope* kept) noexcept;

/// Throws what a defer() gets whose request's asker was given away.
[[noreturn]] void refuse_second_defer();

/// Such an envelope is answered, or let go.
inline void settle_deferred(Envelope& kept) noexcept {
  if (same_type(*kept.type, message_type<DeferredRequest>) &&
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
/// of that, but one that is kept elsewhere still owes the answer. Where the actor drops it as it
/// ends, the asker gets `actor_stopped`.
template <class R>
class ReplyTo {
 public:
  /// Of defer(). With null nobody waits for it, and set() does nothing.
  explicit ReplyTo(runtime::Envelope* request) noexcept : request_(request) {}

  /// Answers with a value or an Error, which never says "definitely not executed" to the asker.
  /// Nothing the second time. After the asker's time is over the answer is dropped, and counted as
  /// a late reply. Past the actor's middleware. What the asker has left in a then() may run in
  /// this call. Any thread, one at a time.
  void set(Result<R> result) {
    if (request_ == nullptr) return;
    const runtime::EnvelopePtr request(request_.release());
    runtime::settle_deferred(*request);
    if (!result.ok()) result = runtime::from_handler(std::move(result).error());
    runtime::answer_with_result(request.get(), std::move(result));
    runtime::note_answered(*request);
  }

 private:
  std::unique_ptr<runtime::Envelope, runtime::ReleaseDeferred> request_;
};

/// Says to the compiler and the reader that the handler answers later. As the type of a handler's
/// result it stands for R: `troupe::Later<int> on(Reserve order)`.
template <class R>
struct Later {};

/// What defer() gives; taken apart at once: `auto [reply, later] = defer<int>();`.
template <class R>
struct Deferred {
  ReplyTo<R> reply;  ///< Keep it, and set() it.
  Later<R> later;    ///< Return it.
};

/// Says that the request was passed on with forward(), and will be answered from there. R is the
/// answer's type, and the same for the request that came and the one that was passed on.
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
