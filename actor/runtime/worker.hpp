// Worker: one thread that runs actors, and what it has to run.
//
//   next:  the actor that was woken last; it runs on the waker's core while its message is in the
//          cache
//   fresh: actors that never ran, newest first; a tree of actors is then walked in depth, so that
//          few of them are alive at a time
//   ready: the others, oldest first
//
// Other workers may take from `fresh` and `ready`. What waits in `next` behind a long turn, the
// timekeeper takes away for them. Only the owner puts cells in.
//
// The ready cells of all workers get equal shares by rounds, as in Li, Baumberger and Hahn,
// "Efficient and Scalable Multiprocessor Fair Scheduling Using Distributed Weighted Round-Robin"
// (PPoPP 2009, section 3), with equal weights. In a round every cell that was ready when it began
// has one turn. A worker at the end of its round first runs what overloaded workers have not yet
// run in theirs, where theirs is not ahead; such a cell then stays with it. So no cell gets more
// than a round ahead of another, however fast each worker is and however many cells it has.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <troupe/actor/runtime/next_place.hpp>
#include <troupe/actor/runtime/steal_queue.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/base/spin_budget.hpp>

namespace troupe::runtime {

class EventSource;
class ThreadedScheduler;

class Worker {
 public:
  /// `has_heavy_barrier` is what enable_heavy_barrier() said.
  Worker(ThreadedScheduler& scheduler, SystemAnchor* anchor, unsigned index,
         bool has_heavy_barrier) noexcept
      : scheduler_(scheduler), anchor_(anchor), index_(index), next_(has_heavy_barrier) {}

  [[nodiscard]] SystemAnchor* anchor() const noexcept { return anchor_; }
  [[nodiscard]] unsigned index() const noexcept { return index_; }
  /// What cells know their worker by. Never 0.
  [[nodiscard]] std::uint16_t number() const noexcept {
    return static_cast<std::uint16_t>(index_ + 1);
  }

  /// Takes a cell that this worker has woken. Owner only.
  void schedule(Cell* cell) noexcept {
    if (cell->fresh) {
      cell->fresh = false;
      return add_fresh(cell);
    }
    if (Cell* before = next_.put(cell)) add_ready(before);
  }

  /// Puts a cell behind all that are ready. Owner only.
  void add_ready(Cell* cell) noexcept;
  void add_fresh(Cell* cell) noexcept;

  /// The next cell to run, of its own or from the common queue; null when there is none, and when
  /// the worker leaves. Owner only.
  [[nodiscard]] Cell* take() noexcept;

  /// Whether an urgent cell may be next: some of them in a row, and then one of the others has its
  /// turn. Owner only.
  [[nodiscard]] bool may_take_urgent() noexcept { return urgent_streak_++ < urgent_streak_max; }
  /// The others were asked for one.
  void had_a_chance() noexcept { urgent_streak_ = 0; }

  /// Leaves word that `source` is to be flushed when the turn has ended. False where this worker
  /// does not do that, or has left much of it: then somebody else should begin. Owner only.
  [[nodiscard]] bool will_flush(const EventSource& source) noexcept;
  /// Whether there was word of that since the last call. Owner only.
  [[nodiscard]] bool take_pending() noexcept {
    if (!has_pending.load(std::memory_order_relaxed)) return false;
    has_pending.store(false, std::memory_order_relaxed);
    unflushed_ = 0;
    return true;
  }

  /// A cell that waits here, or null; then none may be left. Owner only.
  [[nodiscard]] Cell* take_own() noexcept;

  /// Takes cells from `victim` where they would wait too long: one that never ran, or half of those
  /// that are ready. Returns one to run, or null. Owner only.
  [[nodiscard]] Cell* steal_from(Worker& victim) noexcept;

  /// Takes the oldest cell that `victim` has ready and has not run in the round that runs here, or
  /// one that never ran where it waits behind a long turn; or null. Owner only.
  [[nodiscard]] Cell* catch_up(Worker& victim) noexcept;

  /// Takes the cell that would run here next where nothing else waits that others could take; or
  /// null. The timekeeper only.
  [[nodiscard]] Cell* take_away_next() noexcept {
    return next_.empty() || has_spare() ? nullptr : next_.take_away();
  }

  /// A number that changes when the cells that have waited here longest, or that would run next,
  /// are sent messages; or are others, so it says something only during one turn. Any thread.
  [[nodiscard]] std::uintptr_t inflow() const noexcept {
    std::uintptr_t sum = 0;
    for (const Cell* cell : {next_.look(), ready_.look_at_oldest(), fresh_.look_at_oldest()}) {
      if (cell != nullptr) sum += cell->inbox.load(std::memory_order_relaxed);
    }
    return sum;
  }

  /// The number of the round that runs here. Any thread.
  [[nodiscard]] std::uint64_t round() const noexcept {
    return round_.load(std::memory_order_relaxed);
  }

  /// As seen at some moment: how many cells wait here. Any thread.
  [[nodiscard]] std::int64_t waiting() const noexcept {
    return ready_.size() + fresh_.size() + (next_.empty() ? 0 : 1);
  }

  /// True when another worker should take a cell from here. Any thread.
  [[nodiscard]] bool has_spare() const noexcept {
    return overloaded.load(std::memory_order_relaxed) && ready_.size() + fresh_.size() > 0;
  }

  /// Set by the timekeeper: what waits here waits so long that it pays to move it to another core.
  std::atomic<bool> overloaded{false};

  /// Set by the timekeeper: the turn that runs here has lasted for a while.
  std::atomic<bool> in_long_turn{false};

  /// Set by the timekeeper: the worker gives its cells to the others and sleeps.
  std::atomic<bool> draining{false};

  /// The places of the oldest cells; one that stays the same is a cell that stays. Any thread.
  [[nodiscard]] std::int64_t oldest_fresh() const noexcept { return fresh_.oldest(); }
  [[nodiscard]] std::int64_t oldest_ready() const noexcept { return ready_.oldest(); }

  // What the watch on slow handlers reads; the owner writes.
  std::atomic<ActorId> running{0};  ///< The actor that has its turn.
  /// The message's type; null for the runtime's own work, which is not watched.
  std::atomic<const MessageType*> handling{nullptr};
  std::atomic<std::uint64_t> messages{0};  ///< Begun so far.
  std::atomic<std::uint64_t> turns{0};     ///< Begun so far.

  /// The links have something to send, once this worker's turn has ended.
  std::atomic<bool> has_pending{false};

  /// Messages queued for actors that another worker runs.
  std::atomic<std::uint64_t> cross_worker_messages{0};

  // The owner's share of the books.
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> handled{0};

  SpinBudget spin{search_max};  ///< For how long to look for work before sleeping. Owner only.
  /// How the thread sleeps; what it waits on, unless it waits in the scheduler's source of events.
  enum Rest : std::uint32_t { awake, waiting_for_work, waiting_for_events };
  std::atomic<std::uint32_t> rest{awake};
  std::thread thread;
  bool ended = false;  ///< With the scheduler's lock.

 private:
  /// A worker looks for work for no longer than this before it sleeps: a few times what sleeping
  /// and being woken cost where a sleeping core is halted.
  static constexpr Duration search_max = std::chrono::microseconds(200);

  /// Messages to the links in a row that wait for the end of the turn, or of some turns.
  static constexpr unsigned unflushed_max = 16;

  /// Begins the next round, unless another worker's is behind: then a cell of that one's, to run.
  [[nodiscard]] Cell* end_round() noexcept;

  /// Cells in a row that may be urgent, that may come from `next` while others wait, and from
  /// `fresh` while others are ready.
  static constexpr unsigned urgent_streak_max = 4;
  static constexpr unsigned next_streak_max = 64;
  static constexpr unsigned fresh_streak_max = 1024;

  ThreadedScheduler& scheduler_;
  SystemAnchor* const anchor_;
  const unsigned index_;
  unsigned urgent_streak_ = 0;
  unsigned next_streak_ = 0;
  unsigned fresh_streak_ = 0;
  unsigned unflushed_ = 0;  ///< Messages to the links, since the last flush.
  bool common_is_next_ = false;
  // Written by the owner; what others read of it may be old, and then they take a cell too many or
  // too few.
  std::atomic<std::uint64_t> round_{0};
  std::atomic<std::int64_t> round_end_{0};  ///< The place in `ready` at which the round ends.
  alignas(64) NextPlace next_;
  StealQueue fresh_;
  StealQueue ready_;
};

/// Adds to a count that only this thread changes.
inline void add_own(std::atomic<std::uint64_t>& count, std::uint64_t more) noexcept {
  count.store(count.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

inline void count_sent(SystemCore& core, std::uint64_t more) noexcept {
  if (Worker* worker = this_thread.worker; worker != nullptr && worker->anchor() == core.anchor) {
    add_own(worker->sent, more);
  } else {
    core.sent.own().fetch_add(more, std::memory_order_relaxed);
  }
}

inline void count_handled(SystemCore& core, std::uint64_t more) noexcept {
  if (Worker* worker = this_thread.worker) {
    add_own(worker->handled, more);
  } else {
    core.handled.value.fetch_add(more, std::memory_order_relaxed);
  }
}

inline void note_handling(const MessageType* type) noexcept {
  if (Worker* worker = this_thread.worker) {
    worker->handling.store(type, std::memory_order_relaxed);
    add_own(worker->messages, 1);
  }
}

/// While it lives, what runs here is user code that no message asked for: a hook, a decider, a
/// destructor. Does nothing inside a handler, which is watched already.
class HookNote {
 public:
  HookNote() noexcept : worker_(this_thread.worker) {
    if (worker_ == nullptr) return;
    if (worker_->handling.load(std::memory_order_relaxed) == nullptr) {
      note_handling(&hook);
    } else {
      worker_ = nullptr;
    }
  }
  ~HookNote() {
    if (worker_ != nullptr) worker_->handling.store(nullptr, std::memory_order_relaxed);
  }
  HookNote(const HookNote&) = delete;
  HookNote& operator=(const HookNote&) = delete;

  /// What is noted for it.
  [[nodiscard]] static const MessageType* type() noexcept { return &hook; }

 private:
  static constexpr MessageType hook = {.name = "a hook of its life",
                                       .key = 0,
                                       .size = 0,
                                       .alignment = 1,
                                       .destroy = nullptr,
                                       .encode = nullptr,
                                       .decode = nullptr,
                                       .describe = nullptr,
                                       .fingerprint = 0,
                                       .reply = nullptr};

  Worker* worker_;
};

}  // namespace troupe::runtime
