// Deferred: an answer that a handler owes and gives later.
#pragma once

#include <troupe/actor/runtime/reply_sink.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <utility>

namespace troupe {

/// What a handler returns when its answer comes later: Context::defer() makes a pair of it and the
/// Promise-like half that is kept.
template <class R>
struct Deferred;

/// Answers one request, once, from this actor's turn or any thread. Movable. One that is dropped
/// without an answer answers `cancelled`.
template <class R>
class ReplyTo {
 public:
  explicit ReplyTo(runtime::Envelope* request) noexcept : request_(request) {}

  void set(Result<R> result) {
    if (request_ == nullptr) return;
    runtime::EnvelopePtr request = std::move(request_);
    if (!result.ok()) result = runtime::from_handler(std::move(result).error());
    runtime::answer_with_result(request.get(), std::move(result));
  }

 private:
  runtime::EnvelopePtr request_;
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

}  // namespace troupe
