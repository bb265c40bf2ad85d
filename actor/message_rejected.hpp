// MessageRejected: what the sender hears when a mailbox with Overflow::reject had no room.
//
//   void on(troupe::MessageRejected full) { slow_down(full.by); }
#pragma once

#include <string>
#include <troupe/actor/ref.hpp>

namespace troupe {

/// An ordinary message, behind those that the sender has already. Only for what an actor of the
/// same process has told: an ask fails with `mailbox_full` instead, try_tell() returns that, and
/// senders on other nodes and outside of actors hear nothing. The message itself is a dead letter.
///
/// A class needs no place for it in its Protocol; where it has no handler it is a dead letter,
/// `unknown_type`. What rejects a MessageRejected is not rejected again.
struct MessageRejected {
  static constexpr bool local_message = true;

  AnyRef by;         ///< The actor whose mailbox is full.
  std::string path;  ///< Its path.
  std::string type;  ///< Wire name of the message's type.
};

}  // namespace troupe
