// Extras: the parts of an actor that most actors never need, made when first used.
//
// Only the actor's own turn touches them, so nothing here is synchronised.
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/middleware_chain.hpp>
#include <troupe/actor/runtime/stash.hpp>
#include <troupe/actor/runtime/task_set.hpp>
#include <troupe/actor/runtime/timer_service.hpp>
#include <troupe/actor/runtime/watcher_list.hpp>
#include <troupe/actor/spawn_options.hpp>
#include <troupe/actor/supervision.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::runtime {

/// A timer that the actor started under a key.
struct KeyedTimer final : CellDeadline {
  KeyedTimer() : CellDeadline(What::keyed_timer) {}

  std::string key;
  std::uint64_t serial = 0;
  Duration period{0};  ///< 0: fires once.
  bool waits = false;  ///< Its message is in the mailbox.
  std::function<Envelope*(ActorId, std::uint64_t)> make_message;
};

/// Everything of one actor that has a time. One entry in the system's TimerService stands for the
/// earliest.
class ActorTimers final : public TimerNode {
 public:
  explicit ActorTimers(Cell& cell) : cell_(cell), id_(cell.id.load(std::memory_order_relaxed)) {}

  void due(DueList& due_list) noexcept override;

  DeadlineHeap heap;
  std::map<std::uint64_t, std::unique_ptr<KeyedTimer>> keyed;  ///< By serial number.
  std::unordered_map<std::string, std::uint64_t> serials;      ///< By key.
  CellDeadline idle_stop{CellDeadline::What::idle_stop};
  CellDeadline receive_timeout{CellDeadline::What::receive_timeout};
  CellDeadline restart{CellDeadline::What::restart};
  TimePoint armed_for = TimePoint::max();  ///< What this actor last asked the service for.
  /// The last of the timers' messages at the front of the mailbox, where that is known.
  Envelope* last_in_front = nullptr;

 private:
  Cell& cell_;
  ActorId id_;
};

/// What a supervisor remembers of one child.
struct ChildRecord {
  RestartBudget budget;
  unsigned restarts = 0;  ///< In a row, for back-off.
  TimePoint last_failure{};
};

/// What a supervisor has ruled last about several children, this one among them.
struct GroupDecision {
  std::uint64_t number = 0;  ///< Among those of this supervisor.
  Directive directive = Directive::restart;
};

struct Extras {
  // Lifetime.
  std::optional<StopPolicy> stop_policy;
  std::optional<StopAfterMessage> stop_after_message;
  Duration receive_timeout{0};
  bool receive_timeout_waits = false;  ///< Its message is in the mailbox.
  std::uint64_t incarnation = 0;  ///< Restarts so far: an old instance's timeouts are known by it.
  std::uint64_t owed = 0;  ///< Deferred answers and pipes, where the actor may end for being idle.
  std::uint64_t next_timer_serial =
      1;  ///< Not used again, so that no old timer's message passes for new.
  TimePoint last_message{};
  StopReason stop_reason = StopReason::stopped;
  bool stop_after_current = false;       ///< A stop policy has met its message.
  std::vector<AskPart> stopped_waiters;  ///< Told when the actor has ended.
  std::size_t waiters_looked_at = 16;    ///< At so many it is looked who still waits.

  // Failure, as its supervisor was told of it, and the directive that is being carried out.
  std::optional<ChildFailed> failure;
  Envelope* failed_message = nullptr;        ///< Kept for on_poison.
  std::uint64_t group_decision_applied = 0;  ///< The number of the last one that came.
  bool has_escalated = false;                ///< The failure is a child's, which waits as well.
  void* spare_block = nullptr;               ///< The arguments, while there is no instance.
  bool start_failed = false;                 ///< No on_start has succeeded yet.
  bool on_start_has_run = false;             ///< Of a class whose state lies on storage.
  std::unique_ptr<Error> restarted_by;       ///< Why, until the instance has started and is told.
  std::vector<Envelope*> kept_back;          ///< Of kind `reply` or `resume`, while it is failed.

  // Family.
  std::unordered_map<ActorId, ChildRecord> child_records;
  std::unordered_map<ActorId, GroupDecision> group_decisions;  ///< By child.
  std::uint64_t group_decisions_made = 0;
  WatcherList watchers;                       ///< Here and on other nodes.
  std::unordered_set<AnyRef> watching;        ///< Here and on other nodes.
  std::unordered_set<AnyRef> former_watches;  ///< Of instances before a restart, until...
  unsigned ends_of_watches = 0;               ///< ...so many messages of that kind have come.

  // Messages.
  Stash stash;
  std::unique_ptr<MiddlewareChain> chain;
  std::unique_ptr<ActorTimers> timers;
  TaskSet tasks;

  static void* operator new(std::size_t size) { return pool_allocate(size); }
  static void operator delete(void* memory, std::size_t size) noexcept { pool_free(memory, size); }
};

/// The extras, made if there are none yet.
[[nodiscard]] Extras& extras_of(Cell& cell);

}  // namespace troupe::runtime
