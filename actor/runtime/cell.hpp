// Cell: the part of an actor that outlives its instance, and the only part that other threads
// touch.
//
// Cells live in memory that is never given back, so that a stale ref is safe: its message finds a
// cell that is closed, or one that has another id, and becomes a dead letter. A cell has two lanes,
// each a stack that senders push on with one compare-and-swap and that the actor takes whole:
// ordinary messages, and system messages, which are handled first.
//
//   inbox word     meaning                                     who pushes next
//   idle           nothing queued, not scheduled               must schedule the cell
//   empty (0)      nothing queued, scheduled or running        need do nothing
//   an envelope    newest of a list, scheduled, running, held  need do nothing
//   closed         the actor has ended                         keeps the envelope: a dead letter
//
//   system word    meaning
//   empty (0)      nothing queued; the pusher also wakes the inbox if that is idle
//   parked         the actor waits for a system message only: the pusher must schedule the cell
//   an envelope    newest of a list
//   closed         the actor has ended
//
// Memory orders. A push is a read-modify-write with acquire and release: release hands the envelope
// to the actor, acquire (of `idle` or `parked`, stored by the worker that ran the actor last) makes
// that worker's writes visible to whoever runs the actor next. Going idle and pushing a system
// message form a store-load pair (Dekker): the actor stores `idle` and then reads the system word,
// the pusher changes the system word and then reads the inbox; all four are sequentially
// consistent, so at least one of them sees the other and the cell is scheduled. That only one
// schedules it follows from the change of the inbox from `idle` being a compare-and-swap.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe {
class Actor;
}

namespace troupe::runtime {

struct ActorClass;
struct Extras;
class QueuedMailbox;
class SystemAnchor;

/// Where an actor is in its life. Only its own turn reads or writes it.
enum class Status : std::uint8_t {
  starting,    ///< on_start has not run yet.
  running,     ///< Handles messages.
  failed,      ///< Waits for its supervisor's directive; ordinary messages wait.
  restarting,  ///< Waits for its children to end before the new instance is made.
  stopping,    ///< Waits for its children to end.
  ended,
};

enum class Push : std::uint8_t { queued, wake, closed };

/// Flags that senders read. Set while the actor is made, constant after that but for those that say
/// so.
enum CellFlag : std::uint16_t {
  flag_queued = 1,       ///< Ordinary messages go through `queued`.
  flag_blocking = 2,     ///< Runs on the dispatcher for blocking work.
  flag_named = 4,        ///< Has a name in the registry.
  flag_draining = 8,     ///< Was told to drain, and not to stop since. Changes.
  flag_timed = 16,       ///< Notes when ordinary messages come: see handling_times.hpp.
  flag_unreported = 32,  ///< Has failed, or is to end, and nobody is told yet: there was no memory.
                         ///< Changes, and means nothing but while the actor is failed or stopping.
  flag_start_unreported = 64,  ///< It was on_start that has, as is not noted elsewhere yet.
  flags_of_detour = flag_queued | flag_timed,  ///< Either: messages do not go straight to `inbox`.
};

class alignas(64) Cell {
 public:
  static constexpr std::uintptr_t empty = 0;
  static constexpr std::uintptr_t idle = 1;
  static constexpr std::uintptr_t closed = 2;
  static constexpr std::uintptr_t parked = 3;

  /// Pushes an ordinary message. On `wake` the caller schedules the cell, on `closed` it still owns
  /// the envelope. Any thread.
  [[nodiscard]] Push push(Envelope* envelope) noexcept {
    std::uintptr_t head = inbox.load(std::memory_order_relaxed);
    do {
      if (head == closed) [[unlikely]]
        return Push::closed;
      envelope->next = head > parked ? reinterpret_cast<Envelope*>(head) : nullptr;
      shows(&inbox);
    } while (!inbox.compare_exchange_weak(head, reinterpret_cast<std::uintptr_t>(envelope),
                                          std::memory_order_acq_rel, std::memory_order_relaxed));
    sees(&inbox);
    return head == idle ? Push::wake : Push::queued;
  }

  /// Pushes two ordinary messages of which the second comes right behind the first; as push().
  [[nodiscard]] Push push_both(Envelope* first, Envelope* second) noexcept {
    std::uintptr_t head = inbox.load(std::memory_order_relaxed);
    second->next = first;
    do {
      if (head == closed) [[unlikely]]
        return Push::closed;
      first->next = head > parked ? reinterpret_cast<Envelope*>(head) : nullptr;
      shows(&inbox);
    } while (!inbox.compare_exchange_weak(head, reinterpret_cast<std::uintptr_t>(second),
                                          std::memory_order_acq_rel, std::memory_order_relaxed));
    sees(&inbox);
    return head == idle ? Push::wake : Push::queued;
  }

  /// Pushes a system message; as push().
  [[nodiscard]] Push push_system(Envelope* envelope) noexcept {
    std::uintptr_t head = system.load(std::memory_order_relaxed);
    do {
      if (head == closed) [[unlikely]]
        return Push::closed;
      envelope->next = head > parked ? reinterpret_cast<Envelope*>(head) : nullptr;
      shows(&system);
    } while (!system.compare_exchange_weak(head, reinterpret_cast<std::uintptr_t>(envelope),
                                           std::memory_order_seq_cst, std::memory_order_relaxed));
    sees(&system);
    if (head == parked) return Push::wake;
    return wake_if_idle() ? Push::wake : Push::queued;
  }

  /// Claims an idle cell: true means that the caller has to schedule it. Any thread.
  [[nodiscard]] bool wake_if_idle() noexcept {
    std::uintptr_t expected = idle;
    shows(&inbox);
    return inbox.load(std::memory_order_seq_cst) == idle &&
           inbox.compare_exchange_strong(expected, empty, std::memory_order_seq_cst);
  }

  [[nodiscard]] bool has_system_messages() const noexcept {
    return system.load(std::memory_order_acquire) > parked;
  }

  [[nodiscard]] bool has_flag(CellFlag flag) const noexcept {
    return (flags.load(std::memory_order_relaxed) & flag) != 0;
  }

  /// Notes which worker runs it. The worker alone.
  void ran_at(std::uint16_t number) noexcept {
    // Nearly always the same one, and a store costs more.
    if (worker.load(std::memory_order_relaxed) != number) {
      worker.store(number, std::memory_order_relaxed);
    }
  }

  // First cache line: what senders, schedulers and other actors write, and what they read besides.
  // The actor's turn comes here once for each batch, not for each message.
  std::atomic<ActorId> id{0};
  std::atomic<std::uintptr_t> inbox{closed};
  std::atomic<std::uint16_t> flags{0};
  std::atomic<std::uint16_t> worker{0};  // Number of the one that ran it last; 0 for none.
  bool fresh = false;                    // Was never scheduled yet. Of who schedules it.
  std::atomic<SystemAnchor*> anchor{nullptr};
  std::atomic<QueuedMailbox*> queued{nullptr};
  Cell* link = nullptr;  // In a queue of the scheduler, or in the free list.
  std::atomic<Cell*> parent{nullptr};
  std::atomic<WaitEdge> waits_for{0};  // Whom this actor's asking task waits for; see wait graph.

  // Second cache line: what the actor's own turn reads and writes for each message, while senders
  // push on the first. Owner only, but for system messages and what belongs to the parent's turn.
  alignas(64) std::atomic<std::uintptr_t> system{closed};
  Envelope* batch = nullptr;  // Taken from the inbox, oldest first.
  const ActorClass* actor_class = nullptr;
  Actor* instance = nullptr;
  Extras* extras = nullptr;
  Status status = Status::ended;
  bool blocked = false;           // A task that is not reentrant is under way.
  bool has_interceptors = false;  // Has parts in `extras` that see every message.
  Cell* youngest_child = nullptr;
  std::uint32_t previous_sibling = 0;  // Numbers of cells, 0 for none; of the parent's turn.
  std::uint32_t next_sibling = 0;
};

static_assert(sizeof(Cell) == 128);

/// Whether two members of a Cell, by their offsets, share a cache line.
[[nodiscard]] consteval bool on_one_line(std::size_t one, std::size_t other) noexcept {
  return one / 64 == other / 64;
}

// What a turn reads and writes for each message of a batch is on one line...
static_assert(on_one_line(offsetof(Cell, batch), offsetof(Cell, system)) &&
              on_one_line(offsetof(Cell, batch), offsetof(Cell, actor_class)) &&
              on_one_line(offsetof(Cell, batch), offsetof(Cell, instance)) &&
              on_one_line(offsetof(Cell, batch), offsetof(Cell, status)) &&
              on_one_line(offsetof(Cell, batch), offsetof(Cell, blocked)) &&
              on_one_line(offsetof(Cell, batch), offsetof(Cell, has_interceptors)));
// ...and nothing there is written by who sends an ordinary message, schedules the cell or follows
// the wait graph.
static_assert(!on_one_line(offsetof(Cell, batch), offsetof(Cell, inbox)) &&
              !on_one_line(offsetof(Cell, batch), offsetof(Cell, worker)) &&
              !on_one_line(offsetof(Cell, batch), offsetof(Cell, fresh)) &&
              !on_one_line(offsetof(Cell, batch), offsetof(Cell, link)) &&
              !on_one_line(offsetof(Cell, batch), offsetof(Cell, waits_for)));

[[nodiscard]] inline ActorId id_of(const Cell& cell) noexcept {
  return cell.id.load(std::memory_order_relaxed);
}

/// Newest first, as messages lie in an inbox, becomes oldest first.
[[nodiscard]] inline Envelope* reversed(Envelope* list) noexcept {
  Envelope* result = nullptr;
  while (list != nullptr) {
    Envelope* next = list->next;
    list->next = result;
    result = list;
    list = next;
  }
  return result;
}

}  // namespace troupe::runtime
