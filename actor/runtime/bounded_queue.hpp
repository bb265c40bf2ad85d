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
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/spawn_options.hpp>
#include <vector>

namespace troupe::runtime {

class FutureBase;

class BoundedQueue {
 public:
  enum class Offer : std::uint8_t {
    taken,
    full,    ///< The caller still owns the envelope.
    closed,  ///< As for full.
  };

  /// A queue for the actor `owner`, which notes by `clock`, if one is given, when messages come.
  /// The clock lives until close(). Any thread.
  [[nodiscard]] static BoundedQueue* allocate(ActorId owner, const MailboxBound& bound,
                                              const Clock* clock);
  /// After close(). Any thread.
  static void free(BoundedQueue* queue) noexcept;

  /// Queues the envelope if there is room; with drop_oldest there is always room for one that fits,
  /// and `dropped` gets those that had to go. Any thread.
  [[nodiscard]] Offer offer(Envelope* envelope, std::vector<EnvelopePtr>& dropped);

  /// As offer(), but blocks until there is room or the actor ends; `full` for a message that no
  /// room would be enough for. Not on a worker.
  [[nodiscard]] Offer offer_blocking(Envelope* envelope);

  /// As offer(), but without room keeps the envelope, in the order of arrival, until there is; then
  /// `done` is completed. It takes a reference of `done`. `full` as for offer_blocking().
  /// `withdrawn` gets messages whose futures are done already. Any thread.
  [[nodiscard]] Offer offer_later(Envelope* envelope, FutureBase* done,
                                  std::vector<Envelope*>& withdrawn);

  /// Queues whatever the room: for messages that are not the sender's choice. Any thread.
  [[nodiscard]] Offer insist(Envelope* envelope);

  /// What pop() tells besides the message.
  struct Popped {
    std::uint32_t left = 0;  ///< Messages behind it.
    std::vector<Envelope*> withdrawn;
    std::optional<TimePoint> came;  ///< With a clock: when it was put in.
  };
  /// The oldest message, or null. Each place that it leaves goes to the one who has waited longest.
  /// `withdrawn` gets messages whose futures are done already: their senders do not wait any more,
  /// or could wait for ever. The owner's turn.
  [[nodiscard]] Envelope* pop(Popped& popped);

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t size() const;
  /// How many envelopes are of that sort.
  [[nodiscard]] std::size_t count(bool (*is_of_sort)(const Envelope& envelope) noexcept) const;
  /// How many messages wait for room.
  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] Overflow overflow() const noexcept {
    return overflow_.load(std::memory_order_relaxed);
  }

  /// Refuses everything from now on, wakes those who wait, and returns what is left.
  [[nodiscard]] std::vector<Envelope*> close();
  /// The same from any thread; nothing once it serves another actor.
  [[nodiscard]] std::vector<Envelope*> close_for(ActorId owner);

 private:
  /// A thread that waits for room, on a condition of its own: one place wakes one thread, after the
  /// lock was let go, when the thread may have seen already that it has it.
  struct Blocked {
    std::condition_variable changed;
    std::optional<Offer> offer;
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
