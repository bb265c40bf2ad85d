// Death watch: being told, exactly once, that another actor has ended.
//
//   void on(Hire order) { watch(order.worker); }
//   void on(troupe::Terminated gone) { log().warn("{} ended: {}", gone.path, gone.reason); }
//
// A parent need not watch its children to supervise them: failures come to supervision() without.
// A restart is no end. Who is not an actor waits with `system.stopped(ref)`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/actor/ref.hpp>

namespace troupe {

/// Why an actor has ended, as far as its watchers can know.
enum class StopReason : std::uint8_t {
  stopped,        ///< By itself, its parent, a stop policy, stop(), drain() or shutdown.
  failed,         ///< Its supervisor stopped it after a failure.
  killed,         ///< By kill().
  no_such_actor,  ///< It had ended before the watch began, or never was.
  node_down,      ///< Its node was declared down.
  node_left,      ///< Its node left the cluster.
};

/// As the enumerator is written, for example "node_down". Any thread.
[[nodiscard]] std::string_view to_string(StopReason reason) noexcept;

/// Tells a watcher of an actor's end. It comes after everything that the ended actor sent to the
/// watcher. A watcher without a handler for it fails when one comes. A class needs no place for it
/// in its Protocol.
struct Terminated {
  static constexpr bool local_message = true;

  AnyRef ref;        ///< Equal to the one that was given to watch().
  std::string path;  ///< Its path, with the node's address before it for one on another node.
  StopReason reason = StopReason::stopped;
};

}  // namespace troupe
