// ReceiveTimeout: what an actor that asked for it gets when no message has come for a while.
#pragma once

namespace troupe {

/// See Context::set_receive_timeout().
struct ReceiveTimeout {
  static constexpr bool local_message = true;
};

}  // namespace troupe
