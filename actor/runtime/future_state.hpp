// FutureState: the place where a value, or the reason why there is none, is left for one consumer.
//
// The state word is `pending`, `done`, `awaited` while the consumer's thread blocks, or the address
// of the continuation that the consumer left. The producer writes the result and then exchanges the
// word for `done` (release); the consumer exchanges `pending` for `awaited` or its continuation, or
// finds `done` (acquire). Whoever comes second runs the continuation. Several producers may race
// (an answer, a time-out, a cancellation): the first to claim wins.
#pragma once

#include <atomic>
#include <optional>
#include <troupe/actor/ports/reply_sink.hpp>
#include <troupe/actor/runtime/continuation.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <troupe/actor/runtime/timer_service.hpp>
#include <troupe/actor/runtime/wait_edge.hpp>
#include <troupe/base/hand_over.hpp>
#include <troupe/base/result.hpp>
#include <type_traits>

namespace troupe::runtime {

class SystemAnchor;

/// What an ask fails with that nobody will answer any more.
[[nodiscard]] Error system_has_ended(Execution execution = Execution::unknown);

class Combined;

/// In the error of a future that was dropped.
inline constexpr const char* nobody_waits = "nobody waits for it any more";

class FutureBase : public ReplySink {
 public:
  static constexpr std::uintptr_t pending = 0;
  static constexpr std::uintptr_t done = 1;
  static constexpr std::uintptr_t awaited = 2;

  [[nodiscard]] bool ready() const noexcept {
    const bool is_done = state_.load(std::memory_order_acquire) == done;
    if (is_done) sees(&state_);
    return is_done;
  }

  /// Runs `continuation` once the result is there: now, or on the thread that brings it. Where
  /// another one runs on that thread, it runs once that one has returned.
  void continue_with(Continuation* continuation) noexcept;

  /// Completes with `error` unless something came first. Any thread.
  virtual void fail(Error error) noexcept = 0;

  /// The error, or null when there is a value; only when ready.
  [[nodiscard]] virtual const Error* error() const noexcept = 0;

  /// Blocks this thread until ready, whoever it is: see blocking_wait.hpp.
  void await_done() noexcept;

  /// The future of an ask of the actor with this target and id (see AnyRef): fails with `timeout`
  /// on time, and with `actor_stopped` when the system is shut down, unless something comes first.
  void begin_ask(std::uintptr_t target, std::uint64_t id, Duration timeout);
  /// The local actor that owes the answer, if this is the future of an ask of `asker`'s; else 0.
  [[nodiscard]] ActorId responder_of(ActorId asker) const noexcept {
    return asker_ == asker && asker != 0 ? responder_.load(std::memory_order_seq_cst) : 0;
  }
  /// The future of a message of `asker`'s that waits for room in the mailbox of `target`; for 0 on
  /// the link to another node. Whoever lets the message in claims the future before, so that a
  /// message is never both let in and withdrawn. Before others see it.
  void owe_room(ActorId asker, ActorId target) noexcept {
    asker_ = asker;
    responder_.store(target, std::memory_order_relaxed);
    purpose_ = Purpose::room;
  }
  /// The future of the end of the actor that was asked, which nothing keeps but an order to drain.
  void owe_end() noexcept { purpose_ = Purpose::end; }
  /// Fails because nobody waits any more, or must not. What waited for room was not executed then.
  void withdraw(ErrorCode code, std::string reason) noexcept {
    fail(Error(code, std::move(reason),
               purpose_ == Purpose::room ? Execution::not_executed : Execution::unknown));
  }
  /// True for the one producer that may, and must, call set_claimed().
  [[nodiscard]] bool try_claim() noexcept { return claim(); }
  /// What the edge in the wait graph is known by that belongs to this future.
  [[nodiscard]] std::uint64_t edge_number() const noexcept {
    const auto number = reinterpret_cast<std::uintptr_t>(static_cast<const ReplySink*>(this));
    return purpose_ == Purpose::end ? number | end_edge_bit : number;
  }
  /// The asker's exclusive task waits: from now on its edge in the wait graph follows the
  /// responder.
  void follow_responder() noexcept { followed_.store(true, std::memory_order_seq_cst); }
  void set_responder(ActorId before, ActorId now) noexcept final;
  /// The future of what `upstream` is continued with: who waits for it waits for that one. Before
  /// others see it.
  void follow(FutureBase& upstream) noexcept;
  /// The one whose parts, or whose responder, this one waits for: itself, unless it follows
  /// another.
  [[nodiscard]] FutureBase& source() noexcept { return source_ != nullptr ? *source_ : *this; }
  /// The parts of a future that is made of others, else null.
  [[nodiscard]] virtual Combined* combined() noexcept { return nullptr; }
  /// When the ask that was begun ends.
  [[nodiscard]] TimePoint deadline() const noexcept { return deadline_; }
  /// Of the TimerService: the time is up.
  void time_out() noexcept;
  /// Says whom was asked, and how long an answer was waited for.
  void expire(std::uint64_t /*token*/) noexcept final { time_out(); }

  [[nodiscard]] bool is_done() const noexcept final { return ready(); }

  /// Where its consumer drops it, it is cancelled. Before others see it.
  void cancel_when_dropped() noexcept { cancelled_when_dropped_ = true; }
  [[nodiscard]] bool is_cancelled_when_dropped() const noexcept { return cancelled_when_dropped_; }
  /// A Future lets go of it.
  void let_go() noexcept {
    if (cancelled_when_dropped_) [[unlikely]]
      drop();
    release();
  }

  /// After a shutdown that was held up: what a user left to be done with the result is not.
  [[nodiscard]] bool comes_too_late() const noexcept;

  /// Stops a temporary actor once the future is done, whichever way.
  void stop_when_done(ActorId id) noexcept;

  /// The system that has to run for the result to come; null when that is not known. Bound before
  /// anybody waits.
  void bind(SystemAnchor* anchor) noexcept { anchor_ = anchor; }
  [[nodiscard]] SystemAnchor* anchor() const noexcept { return anchor_; }

 protected:
  FutureBase() noexcept : FutureBase(false) {}
  /// Done from the beginning, where `is_done`.
  explicit FutureBase(bool is_done) noexcept
      : state_(is_done ? done : pending), claimed_(is_done) {}
  ~FutureBase() override {
    if (source_ != nullptr) source_->release();
  }

  /// True for the one producer that may write the result.
  [[nodiscard]] bool claim() noexcept {
    return !claimed_.exchange(true, std::memory_order_acq_rel);
  }
  /// After the result was written.
  void publish() noexcept;
  /// Nobody wants the result any more, which is not there yet: fails with `cancelled`.
  virtual void end_dropped() noexcept;
  /// In the books of the system that was asked.
  void count_late_reply() noexcept;

 private:
  void drop() noexcept;

  struct Expiry final : TimerNode {
    FutureBase* owner = nullptr;
    std::uintptr_t target = 0;
    std::uint64_t id = 0;
    Duration timeout{0};
    void due(DueList& due_list) noexcept override;
  };

  void clear_edge() noexcept;

  std::atomic<std::uintptr_t> state_;
  std::atomic<bool> claimed_;
  bool cancelled_when_dropped_ = false;
  enum class Purpose : std::uint8_t { answer, room, end };
  Purpose purpose_ = Purpose::answer;
  SystemAnchor* anchor_ = nullptr;
  /// The temporary actor to stop; exchanged for 0 by whoever stops it.
  std::atomic<ActorId> temporary_{0};
  ActorId asker_ = 0;  // The actor that asked, where it asked one of this process.
  std::atomic<ActorId> responder_{0};
  std::atomic<bool> followed_{false};
  FutureBase* source_ = nullptr;  // With a reference; follows no other.
  TimePoint deadline_ = TimePoint::max();
  Expiry expiry_;
};

template <class R>
class FutureState : public FutureBase {
 public:
  FutureState() = default;
  /// One that is done.
  explicit FutureState(Result<R> result) : FutureBase(true), result_(std::move(result)) {}

  static void* operator new(std::size_t size) { return pool_allocate(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { pool_free(memory, size); }

  void complete(std::uint64_t /*token*/, Envelope* reply) noexcept override {
    if (claim()) {
      take_reply_to(result_, reply);
      publish();
    } else {
      count_late_reply();
    }
    free_envelope(reply);
  }

  void fail(Error error) noexcept override { set(Result<R>(std::move(error))); }

  /// Completes with `result` unless something came first.
  void set(Result<R>&& result) noexcept {
    if (claim()) store([&]() noexcept -> Result<R>&& { return std::move(result); });
  }

  /// The same for the one who has claimed it.
  void set_claimed(Result<R>&& result) noexcept {
    store([&]() noexcept -> Result<R>&& { return std::move(result); });
  }

  [[nodiscard]] const Error* error() const noexcept override {
    return result_->ok() ? nullptr : &result_->error();
  }

  /// The result; only when ready, and once.
  [[nodiscard]] Result<R> take() { return std::move(*result_); }
  /// The same for one who moves it where what that throws is caught.
  [[nodiscard]] Result<R>&& to_move() noexcept { return std::move(*result_); }

 protected:
  /// Writes what `make` returns and tells the consumer; for the one who has claimed. What making
  /// it, or moving it, throws is the result instead.
  template <class F>
  void store(F make) noexcept {
    if constexpr (std::is_nothrow_invocable_v<F&> &&
                  std::is_nothrow_move_constructible_v<Stored<R>>) {
      result_.emplace(make());
    } else {
      auto failure = run_user_code(ErrorCode::handler_failed, [&] { result_.emplace(make()); });
      if (failure) result_.emplace(std::move(failure->error));
    }
    publish();
  }

 private:
  std::optional<Result<R>> result_;
};

}  // namespace troupe::runtime
