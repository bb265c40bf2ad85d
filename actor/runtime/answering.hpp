// Answering: a Result goes to the asker of a request, at once or later.
#pragma once

#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <troupe/base/result.hpp>

namespace troupe::runtime {

/// Answers the asker of `request` with the value or the error; does nothing where none waits. Any
/// thread.
template <class R>
void answer_with_result(Envelope* request, Result<R>&& result) {
  if (!result.ok()) return answer(request, std::move(result).error());
  if constexpr (std::is_void_v<R>) {
    answer(request, Unit{});
  } else {
    answer(request, *std::move(result));
  }
}

/// The asker's part of a request, kept until the answer is there; the request has none any more.
[[nodiscard]] inline EnvelopePtr take_asker(Envelope* request) {
  EnvelopePtr kept(
      make_envelope(Kind::user, request->target, request->sender, request->ask(), Unit{}));
  request->ask().token = 0;
  return kept;
}

}  // namespace troupe::runtime
