// Death watch: being told, exactly once, that another actor has ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/actor/actor_ref.hpp>

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

[[nodiscard]] std::string_view to_string(StopReason reason) noexcept;

/// Tells a watcher of an actor's end. It comes after everything that the ended actor sent to the
/// watcher. A watcher without a handler for it fails when one comes.
struct Terminated {
  static constexpr bool local_message = true;

  AnyRef ref;
  std::string path;
  StopReason reason = StopReason::stopped;
};

}  // namespace troupe
