// ReplySink: an asker that is not an actor of this process: a future, or a link to another node.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <troupe/actor/ports/envelope.hpp>
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
  virtual void set_responder(ActorId before, ActorId now) noexcept {
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
  virtual void destroy() noexcept { delete this; }

 private:
  std::atomic<std::uint32_t> references_{1};
};

}  // namespace troupe::runtime
