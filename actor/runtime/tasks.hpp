// Tasks at run time: starting, suspending, resuming and ending the coroutines of an actor's
// handlers.
//
// The wait graph. An actor whose task is not reentrant handles nothing until its ask is answered.
// While it waits for one actor, `Cell::waits_for` names that actor; the answering actor clears it
// when it sends the answer, moves it to another actor with forward() or as a router, and clears it
// as well when the answer will come in spite of what it waits for itself: from defer() or a
// reentrant task. Before an ask is sent the asker stores its own edge and then follows the edges
// from the target (both sequentially consistent), and whoever moves an edge does the same: of two
// that close a cycle at the same time at least one sees the other's edge. A cycle through the asker
// can never end, so the ask fails at once. An edge says which ask it belongs to, so that an answer
// that comes too late clears none of a later one. Who waits for room in a full mailbox has an edge
// to its actor, too, until the message is let in.
//
// Who waits for an actor's end has an edge too, that counts where the actor was told to drain: an
// order to stop ends what the actor has under way, and so waits for nobody. Future::get() in an
// actor that may block makes an edge for as long as it blocks.
//
// The future of an ask knows who owes the answer, because that may change before a task awaits it.
// Who awaits, or get()s, several asks at once, as all() and race() make of them, or what a then()
// makes of one, has an edge that says so, and waits for all those actors: see wait_graph.hpp. An
// ask of another node has no edge and ends by its time-out.
#pragma once

#include <optional>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/actor/runtime/task_set.hpp>

namespace troupe::runtime {

/// Takes over the request, runs the handler's coroutine until it waits or ends, and answers if it
/// ended. Throws what the coroutine threw. Actor thread.
void start_task(Cell& cell, Envelope* request, RootTask& task);

/// Answers the request of a task that is done and destroys its frame; the request is the caller's.
/// An exception that ended the task, or the making of the answer, is returned instead; then the
/// request is still unanswered.
[[nodiscard]] std::exception_ptr finish_task(RootTask& task);

/// Registers a wait of the running task until `deadline`. Actor thread.
void begin_wait(Wait& wait, RootTask& task, std::coroutine_handle<> frame, TimePoint deadline);
/// Forgets a wait that is registered; nothing for one that is not. Actor thread.
void end_wait(Wait& wait) noexcept;

/// Marks the asker as waiting for `target` alone, with the ask of this number. The error, which
/// names the actors, when that closes a cycle that can never end; then nothing is marked. Actor
/// thread.
[[nodiscard]] std::optional<Error> begin_exclusive_wait(Cell& asker, ActorId target,
                                                        std::uint64_t ask);

/// As above for the actor that owes the answer of a future, if that is of an ask of the asker's, or
/// room for a message of its.
[[nodiscard]] std::optional<Error> begin_exclusive_wait(Cell& asker, FutureBase& future);

/// Says that the answer to `request` will come from `target`, an actor here, or 0 for another. The
/// error, with which to answer instead, when that closes a cycle that can never end. Actor thread.
[[nodiscard]] std::optional<Error> pass_wait_on(Envelope& request, ActorId target);

/// Lets the future resume the actor's task that waits under this token.
void resume_when_done(FutureBase& future, const Cell& cell, std::uint64_t token);
/// Ends the turn of the actor that runs; its task goes on in the next one.
void give_way(Cell& cell, std::uint64_t token);

/// Destroys all unfinished tasks; those who await their answers get `error`.
void destroy_tasks(Cell& cell, const Error& error);

}  // namespace troupe::runtime
