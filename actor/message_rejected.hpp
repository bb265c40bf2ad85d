// MessageRejected: what the sender hears when a mailbox with Overflow::reject had no room.
#pragma once

#include <string>
#include <troupe/actor/actor_ref.hpp>

namespace troupe {

struct MessageRejected {
  static constexpr bool local_message = true;

  AnyRef by;         ///< The actor whose mailbox is full.
  std::string path;  ///< Its path.
  std::string type;  ///< Wire name of the message's type.
};

}  // namespace troupe
