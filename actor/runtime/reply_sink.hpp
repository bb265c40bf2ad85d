// ReplySink: an asker that is not an actor of this process: a future, or a link to another node.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <troupe/actor/runtime/envelope.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/base/error.hpp>
#include <troupe/base/hand_over.hpp>

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

  /// Is called instead where no answer has come and the ask's time is up.
  virtual void expire(std::uint64_t token) noexcept {
    complete(token, make_envelope(Kind::reply, 0, 0, AskPart{nullptr, token, TimePoint::max()},
                                  Error(ErrorCode::timeout, "no answer came in the ask's time")));
  }

  /// Hears that the answer is not owed by the actor `before` any more, but by `now`; 0: by one that
  /// is not known, or that nothing keeps from answering. Any thread.
  virtual void set_debtor(ActorId before, ActorId now) noexcept {
    static_cast<void>(before);
    static_cast<void>(now);
  }

  /// True for one that does not want the answer any more. Any thread.
  [[nodiscard]] virtual bool is_done() const noexcept { return false; }

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    shows(&references_);
    // Whoever holds the last reference is alone with it, and spares itself the exchange.
    if (references_.load(std::memory_order_acquire) == 1 ||
        references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      sees(&references_);
      destroy();
    }
  }

 protected:
  virtual ~ReplySink() = default;
  /// Whether anybody but the owner has a reference.
  [[nodiscard]] bool is_held() const noexcept {
    return references_.load(std::memory_order_acquire) > 1;
  }
  [[nodiscard]] std::uint32_t references() const noexcept {
    return references_.load(std::memory_order_acquire);
  }
  virtual void destroy() noexcept { delete this; }

 private:
  std::atomic<std::uint32_t> references_{1};
};

/// Sends `reply`, whose AskPart's token was copied from the request, to the asker of `request`,
/// which then has none any more. Takes the reply. Any thread.
void send_reply(Envelope* request, Envelope* reply) noexcept;

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

/// Says that the answer to `request` will come from `target`, an actor here, or 0 for another. The
/// error, with which to answer instead, when that closes a cycle that can never end. Actor thread.
[[nodiscard]] std::optional<Error> pass_wait_on(Envelope& request, ActorId target);

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
