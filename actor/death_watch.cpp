#include <troupe/actor/death_watch.hpp>

namespace troupe {

std::string_view to_string(StopReason reason) noexcept {
  switch (reason) {
    case StopReason::stopped: return "stopped";
    case StopReason::failed: return "failed";
    case StopReason::killed: return "killed";
    case StopReason::no_such_actor: return "no_such_actor";
    case StopReason::node_down: return "node_down";
    case StopReason::node_left: return "node_left";
  }
  return "unknown_reason";
}

}  // namespace troupe
