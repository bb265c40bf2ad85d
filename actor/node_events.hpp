// Node events: what becomes of other nodes, on the event stream of each that has a link to them.
//
//   node.events().subscribe<troupe::NodeDown>(monitor);     // its Protocol has NodeDown
//
// An incarnation is the number of one life of a node: after a restart at the same address it is
// another one.
#pragma once

#include <cstdint>
#include <string>
#include <troupe/actor/actor_path.hpp>

namespace troupe {

/// The node cannot be reached, or has fallen silent. That may heal: it is not down.
struct NodeUnreachable {
  static constexpr bool local_message = true;
  NodeAddress address;
  /// Of the life that was lost; 0: nobody was reached, or nobody since the last life's NodeDown.
  std::uint64_t incarnation = 0;
  std::string reason;
};

/// There is a connection to the node, for the first time or again.
struct NodeReachable {
  static constexpr bool local_message = true;
  NodeAddress address;
  std::uint64_t incarnation = 0;
};

/// This life of the node is over: it was declared down, was restarted, or has left. Once for each
/// life, whichever of the two had dialled the other.
///
/// Where it was declared down only because it was silent for too long, and not by anybody, it may
/// come back, unless TransportSettings::down_is_final: then NodeReturned follows, and later, maybe,
/// another NodeDown. All that was held of it has ended even so.
///
/// Or nobody was ever reached at the address (incarnation 0), and what waited there is given up.
/// Whoever tries again changes nothing about that: it is not said again for
/// TransportSettings::forget_after, unless somebody was reached there meanwhile.
struct NodeDown {
  static constexpr bool local_message = true;
  NodeAddress address;
  std::uint64_t incarnation = 0;  ///< 0: nobody was ever reached there.
  std::string reason;
};

/// The life of which NodeDown has told is there again, as another node would be after its restart:
/// paths lead to its actors, which have gone on meanwhile. What was held of it before has ended and
/// stays so: refs to its actors that are older are refused with `node_down`, watches have been told
/// of, and so has it been of this node's. On both nodes, and once for each time.
struct NodeReturned {
  static constexpr bool local_message = true;
  NodeAddress address;
  std::uint64_t incarnation = 0;
};

/// Another node has declared this one down for good, or holds this life of it for over: the two do
/// not hear each other until one of them is restarted. Once for each life of the other; its
/// NodeDown comes as well.
struct DeclaredDown {
  static constexpr bool local_message = true;
  NodeAddress by;
  std::uint64_t incarnation = 0;  ///< Of the other.
  std::string reason;             ///< Why, as the other says.
};

}  // namespace troupe
