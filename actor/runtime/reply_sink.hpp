// ReplySink: an asker that is not an actor of this process: a future, or a link to another node.
#pragma once

#include <atomic>
#include <cstdint>
#include <troupe/actor/runtime/envelope.hpp>

namespace troupe::runtime {

/// Counts its references; who stores a pointer in an AskPart holds one.
class ReplySink {
 public:
  ReplySink() = default;
  ReplySink(const ReplySink&) = delete;
  ReplySink& operator=(const ReplySink&) = delete;

  /// Takes the answer: kind `reply`, a value of the asked type, or an Error, or encoded. Called at
  /// most once per token, by any thread.
  virtual void complete(std::uint64_t token, Envelope* reply) noexcept = 0;

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

 protected:
  virtual ~ReplySink() = default;
  virtual void destroy() noexcept { delete this; }

 private:
  std::atomic<std::uint32_t> references_{1};
};

/// Sends `reply`, whose AskPart's token was copied from the request, to the asker of `request`,
/// which then has none any more. Takes the reply. Any thread.
void send_reply(Envelope* request, Envelope* reply) noexcept;

/// Says that the asker of `request`, if it waits for the actor that has the request, does not wait
/// for that one any more, but for `target`; 0: for none. See the wait graph in tasks.hpp. Any
/// thread.
void set_wait_edge(const Envelope& request, ActorId target) noexcept;

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
/// surely was not executed, though it may have come from a request that was not.
[[nodiscard]] inline Error from_handler(Error error) {
  return Error(error.code(), error.context());
}

}  // namespace troupe::runtime
