// Exclusive waits: whom a task that is not reentrant waits for, and whether that can ever come.
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

#include <cstdint>
#include <optional>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/base/error.hpp>

namespace troupe::runtime {

class FutureBase;

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

/// Ends the exclusive wait of the actor, if there is one. Actor thread.
void clear_wait(Cell& asker) noexcept;

}  // namespace troupe::runtime
