// RemoteSignal: what the runtimes of two nodes tell each other about their actors, besides users'
// messages: orders to end, children of parents elsewhere.
//
// Signals of one node to another arrive exactly once and in order, or the other node is declared
// down. Watches are not among them: RemoteTarget::watch() has its own books.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/ports/actor_id.hpp>
#include <troupe/actor/ports/supervision_decision.hpp>
#include <variant>
#include <vector>

namespace troupe::runtime {

/// Ends an actor there, as Context's functions of the same names do. A drain waits until what this
/// node sent before has arrived.
struct OrderEnd {
  enum class How : std::uint8_t { stop, kill, drain };

  std::uint64_t actor = 0;  ///< 0: the one at `path`.
  std::string path;
  How how = How::stop;
};

/// Makes a child of `parent`, a proxy here, of the class that the other node offers by this
/// name. Answered by ChildPlaced or ChildNotPlaced, or by ChildEnded with `node_down` when the node
/// was declared down before it could answer.
struct SpawnChild {
  ActorId parent = 0;
  std::string offer;
  /// A msgpack array; the refs in it are written by the target's ref_port().
  std::vector<std::byte> arguments;
  /// While the node cannot be reached the order waits, until that is declared down. If not, one
  /// that definitely has not left is answered with ChildNotPlaced and `node_unreachable` then. It
  /// does not travel.
  bool waits = true;
};
struct ChildPlaced {
  ActorId parent = 0;
  ActorId child = 0;
  std::string path;  ///< On the child's node.
};
struct ChildNotPlaced {
  ActorId parent = 0;
  Error error;
};

/// The child has failed and waits for SuperviseChild.
struct RemoteChildFailed {
  ActorId parent = 0;
  Error error;
  /// The mangled names of the exception's type and of its bases, nearest first.
  std::vector<std::string> exception_types;
};
struct SuperviseChild {
  ActorId child = 0;
  SupervisionDecision decision;
};

/// The child has ended. Comes after all that it sent to this node; with `node_down` when its node
/// was declared down, without a word from there.
struct ChildEnded {
  ActorId parent = 0;
  StopReason reason = StopReason::stopped;
  ActorId child = 0;  ///< On the node that tells of it, for the order; it does not travel.
};

/// Any of these. A type of its own, so that ports name it without knowing all of them.
struct RemoteSignal : std::variant<OrderEnd, SpawnChild, ChildPlaced, ChildNotPlaced,
                                   RemoteChildFailed, SuperviseChild, ChildEnded> {
  using variant::variant;
};

}  // namespace troupe::runtime
