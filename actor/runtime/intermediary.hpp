// Intermediary: an actor of the runtime's own through which a parent on one node and its child on
// another deal with each other. There are two: the proxy, which the parent has as its child, and
// the remote guardian, which the child has as its parent. Where the runtime would decide about an
// actor it asks the intermediary first.
#pragma once

#include <optional>
#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/ports/remote_signal.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/actor_class.hpp>

namespace troupe::runtime {

/// What another node's runtime has signalled, on its way to an intermediary.
struct RemoteEvent {
  static constexpr bool local_message = true;

  HeldTarget from;
  std::optional<RemoteSignal> signal;  ///< None: that life of the node is over.
  bool is_own_word = false;            ///< Of this node's transport, for a node that cannot answer.
};

/// All functions are for the turn of the actor. Those that say so may end it: then the instance is
/// gone when they return.
class Intermediary : public Actor {
 public:
  /// May end the actor.
  virtual void on_remote_event(RemoteEvent event) = 0;

  /// Its supervisor has decided. False: it applies that as others do. May end the actor.
  [[nodiscard]] virtual bool apply(const SupervisionDecision& /*decision*/) { return false; }

  /// It is stopping and has no children here. False while somebody on the other node must end
  /// before: end_if_alone() asks again.
  [[nodiscard]] virtual bool may_end() { return true; }

  /// It is to end after what was sent to it. False: it ends as others do.
  [[nodiscard]] virtual bool drain() { return false; }

  /// A child has failed. False: it is decided about here.
  [[nodiscard]] virtual bool supervise(ActorId /*child*/, const ChildFailed& /*failure*/) {
    return false;
  }

  virtual void child_ended(ActorId /*child*/, StopReason /*reason*/) {}
};

/// The actor as an intermediary, or null.
[[nodiscard]] inline Intermediary* intermediary_of(const Cell& cell) noexcept {
  return cell.actor_class->is_intermediary ? static_cast<Intermediary*>(cell.instance) : nullptr;
}

/// Tells the actor, if it is one whom that concerns.
inline void on_remote_event(const Cell& cell, RemoteEvent event) {
  if (Intermediary* actor = intermediary_of(cell)) return actor->on_remote_event(std::move(event));
  if (event.signal) event.from->passed_over("an answer for an actor that has asked for no child");
}

}  // namespace troupe::runtime
