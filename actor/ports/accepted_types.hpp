// Which types of messages an actor accepts from other nodes, for somebody who knows no more of it
// than its path.
#pragma once

#include <troupe/actor/ports/message_type.hpp>
#include <vector>

namespace troupe::runtime {

/// Those that the actor has a handler for, in the order in which its system came to know them; none
/// of the runtime's own actors. Each is a constant, which outlives the system.
struct AcceptedTypes {
  static constexpr bool local_message = true;
  std::vector<const MessageType*> types;
};

}  // namespace troupe::runtime
