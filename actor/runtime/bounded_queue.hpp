// BoundedQueue: the mailbox of an actor that limits it. Behind a lock, because a full one may have
// to give up its oldest message, which only a lock lets a sender do.
//
// Pooled and never given back, as cells are: a sender may still look at the queue of an actor that
// has just ended. Every push names the actor it is for, and a queue that serves another refuses it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <vector>

namespace troupe::runtime {

class BoundedQueue final : public QueuedMailbox {
 public:
  /// A queue for the actor `owner`, which notes by `clock`, if one is given, when messages come.
  /// The clock lives until close(). Any thread.
  [[nodiscard]] static BoundedQueue* allocate(ActorId owner, const MailboxBound& bound,
                                              const Clock* clock);
  [[nodiscard]] Refusal offer(Envelope* envelope, std::vector<Envelope*>& dropped) override;
  [[nodiscard]] Refusal offer_blocking(Envelope* envelope) override;
  [[nodiscard]] Refusal offer_later(Envelope* envelope, FutureBase* done,
                                    std::vector<Envelope*>& withdrawn) override;
  [[nodiscard]] Refusal insist(Envelope* envelope) override;

  /// Each place that the message leaves goes to the one who has waited longest.
  [[nodiscard]] Envelope* pop(Popped& popped) override;

  [[nodiscard]] bool empty() const override;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t count(
      bool (*is_of_sort)(const Envelope& envelope) noexcept) const override;
  [[nodiscard]] std::size_t waiting() const override;
  [[nodiscard]] Overflow overflow() const noexcept override {
    return overflow_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] std::vector<Envelope*> close() override;
  [[nodiscard]] std::vector<Envelope*> close_for(ActorId owner) override;
  void give_back() noexcept override;

 private:
  /// A thread that waits for room, on a condition of its own: one place wakes one thread, after the
  /// lock was let go, when the thread may have seen already that it has it.
  struct Blocked {
    std::condition_variable changed;
    bool decided = false;
    Refusal refusal = std::nullopt;
  };
  struct Waiting {
    Envelope* envelope;
    FutureBase* done;  ///< Null: nobody, or a thread, wants to know.
    std::shared_ptr<Blocked>
        thread;  ///< It owns the envelope until it is let in. Null: none waits.
  };
  struct Queued {
    Envelope* envelope;
    TimePoint came;  ///< With a clock.
  };

  BoundedQueue() = default;
  [[nodiscard]] bool fits(const Envelope& envelope) const noexcept {
    return envelope.size <= bound_.bytes_max;
  }
  [[nodiscard]] bool has_room(const Envelope& envelope) const noexcept;
  void put(Envelope* envelope);
  void take_withdrawn(std::vector<Envelope*>& withdrawn, std::vector<FutureBase*>& done);
  [[nodiscard]] Queued take_oldest();
  [[nodiscard]] bool serves(const Envelope& envelope) const noexcept {
    return open_ && envelope.target == owner_;
  }

  mutable std::mutex mutex_;
  std::deque<Queued> messages_;
  const Clock* clock_ = nullptr;
  std::deque<Waiting> waiting_;
  std::size_t waiting_looked_at_ = 16;  // At so many it is looked who still waits.
  std::size_t bytes_ = 0;
  std::size_t exempt_ = 0;  // Messages that insist() put in: they do not count.
  MailboxBound bound_;
  std::atomic<Overflow> overflow_{};  // As in bound_, for those who do not take the lock.
  ActorId owner_ = 0;
  bool open_ = false;
};

}  // namespace troupe::runtime
