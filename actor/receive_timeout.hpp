// ReceiveTimeout: what an actor that asked for it gets when no message has come for a while.
//
//   void on_start() { set_receive_timeout(30s); }
//   void on(troupe::ReceiveTimeout) { log().warn("no heartbeat for 30 s"); }
//
// An actor that is only to end when it is idle is spawned with stop_after_idle() instead.
#pragma once

namespace troupe {

/// See Context::set_receive_timeout(). A class needs no place for it in its Protocol; where it has
/// no handler each is a dead letter, `unknown_type`. Its sender() is nobody.
struct ReceiveTimeout {
  static constexpr bool local_message = true;
};

}  // namespace troupe
