// Lifecycle: how an actor begins, fails, is restarted and ends. Each function runs in the turn of
// the actor that it is about. How one is made: see spawn_order.hpp.
#pragma once

#include <troupe/actor/ports/ruling.hpp>
#include <troupe/actor/runtime/actor_class.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/spawn_order.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// A failure, on its way to the supervisor.
struct FailureReport {
  static constexpr bool local_message = true;
  ChildFailed failure;
  /// The last ruling about several children that the child had obeyed when it failed.
  std::uint64_t obeyed = 0;
};

/// Runs on_start and opens the mailbox; where on_start is a Task, the mailbox opens when that has
/// succeeded.
void start(SystemCore& core, Cell& cell);

/// Answers the asker of the message whose handler failed, if there is one, marks the actor failed,
/// and tells its supervisor. Takes the message.
void fail(SystemCore& core, Cell& cell, ChildFailed failure, Envelope* message);

/// Carries out the supervisor's directive.
void obey(SystemCore& core, Cell& cell, const Ruling& ruling);
/// Goes on after a failure as if nothing had happened.
void resume(SystemCore& core, Cell& cell);
/// Begins a restart: hook, children, then finish_restart().
void restart(SystemCore& core, Cell& cell);
/// Makes the new instance, once the children have ended.
void finish_restart(SystemCore& core, Cell& cell);
/// The last of a restart, once the instance has started: tells the instance and others.
void announce_restart(SystemCore& core, Cell& cell);

/// Ends the actor: children first. Does nothing when it is ending already. Afterwards the cell may
/// belong to another actor: this_thread.cell tells.
void stop(SystemCore& core, Cell& cell, StopReason reason);
/// Ends the actor, which has handled what was sent before the order to drain, once its unfinished
/// tasks, which must be reentrant, are done; until then it handles no messages. One that drains its
/// children ends after them.
void drain(SystemCore& core, Cell& cell);
/// Handles no message any more. A bounded mailbox refuses them at once, so that nobody waits for
/// room that never comes, the actor's own tasks least of all.
void take_no_more(Cell& cell);
/// Frees the actor's name, if it has one; its path is remembered.
void release_name(SystemCore& core, Cell& cell);
/// Refuses what is in the mailbox, and all that comes from now on. System messages still come.
void close_mailbox(SystemCore& core, Cell& cell);
/// Closes the other lane of an actor that ends and whose mailbox is closed; what is in it goes
/// back.
void close_lanes(SystemCore& core, Cell& cell);
/// Ends an actor that is stopping, if nothing holds it up any more: children, here or elsewhere.
void end_if_alone(SystemCore& core, Cell& cell);
/// Sends an actor the order to stop, or to drain. Any thread.
void order_stop(Cell& cell, ActorId id) noexcept;
void order_drain(Cell& cell, ActorId id) noexcept;
/// Notes that an actor which was told to drain is to end sooner: see the wait graph in tasks.hpp.
void forget_drain(Cell& cell, ActorId id) noexcept;

/// A child's cell is free; goes on with a restart or stop that waited for it.
void child_ended(SystemCore& core, Cell& cell, ActorId child, StopReason reason);

/// Decides about a child that has failed. Children that fail together, where a failure concerns
/// them all, are restarted once. In supervise.cpp.
void supervise(SystemCore& core, Cell& cell, ActorId child, FailureReport report);

/// Destroys all unfinished tasks; those who await their answers get `error`. In tasks.cpp.
void destroy_tasks(Cell& cell, const Error& error);

/// Lets the answers, and the time-outs, that came for tasks of an actor that had failed go on to
/// them; or forgets them, because there are no such tasks any more. In restart.cpp.
void release_kept_back(Cell& cell);
void drop_kept_back(SystemCore& core, Cell& cell) noexcept;
/// An answer that was deferred, or a pipe, of an actor that counts them is done with.
void note_settled(SystemCore& core, Cell& cell);
/// Told when the actor has ended; those who do not want to know any more are forgotten now and
/// then. In ending.cpp.
void add_waiter(Extras& extras, const AskPart& waiter);

/// Does what is due. In actor_timers.cpp.
void handle_timers_due(SystemCore& core, Cell& cell);
/// Notes that a message came, for policies that count idle time. In actor_timers.cpp.
void touch_idle_timers(SystemCore& core, Cell& cell);
/// False when the timer whose message this is was cancelled, or belonged to an earlier instance.
[[nodiscard]] bool take_timer_message(Cell& cell, const Envelope* envelope);
/// Forgets all timers of the instance.
void cancel_timers(SystemCore& core, Cell& cell) noexcept;

/// Done when the actor has ended; at once if it has. Any thread.
[[nodiscard]] Future<void> when_stopped(AnyRef ref);
/// For an actor of another node: done as well when that node is down or has left.
[[nodiscard]] Future<void> when_stopped_elsewhere(AnyRef ref);

/// Tells an actor, here or on another node, that `cell` watches it: a Terminated with this very ref
/// comes back as a notice, at once where it has ended. In remote_delivery.cpp, as end_watch().
void begin_watch(SystemCore& core, Cell& cell, const AnyRef& ref);
/// Who a signal of kind `watch` or `unwatch` is about.
[[nodiscard]] AnyRef watcher_of(Envelope& signal) noexcept;
/// A signal of that kind about a watcher on another node: the id of its ref is what the node knows
/// the watch as.
[[nodiscard]] Envelope* make_remote_watch(Kind kind, ActorId target, const AnyRef& watcher);
/// Tells a watcher, wherever it is, of an end.
void tell_watcher(const AnyRef& watcher, Terminated notice) noexcept;
/// Tells it that it is not watched any more.
void end_watch(Cell& cell, const AnyRef& ref) noexcept;
/// Ends all watches of the actor's.
void unwatch_all(Cell& cell) noexcept;
/// The same before a restart: notices that are in the mailbox already are for the new instance.
void end_watches_of_instance(Cell& cell);
/// Those notices have come.
void forget_former_watches(Cell& cell) noexcept;

/// The lock of the guardian's list of children; nothing for other parents, whose turn protects
/// theirs.
[[nodiscard]] std::unique_lock<std::mutex> lock_children(SystemCore& core, const Cell& parent);

/// Puts a message in front of all others.
void put_first(Cell& cell, Envelope* envelope) noexcept;

/// Puts a message into the stash, or refuses it as `mailbox_full`. `by` as for Stash::put().
void put_aside(SystemCore& core, Cell& cell, Envelope* envelope, Envelope* by);

template <class F>
void for_each_child(Cell& cell, F function) {
  for (Cell* child = cell.youngest_child; child != nullptr;) {
    Cell* older = child->next_sibling;
    function(*child);
    child = older;
  }
}

}  // namespace troupe::runtime
