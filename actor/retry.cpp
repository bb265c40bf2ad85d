#include <troupe/actor/retry.hpp>

#include <algorithm>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/supervision.hpp>

namespace troupe {

Result<void> validate(const RetrySettings& settings) {
  if (settings.times == 0) return bad_setting("retry: times is 0; 1 or more is needed");
  if (settings.initial <= Duration::zero()) {
    return bad_setting("retry: initial is not positive; it is the pause before the second try");
  }
  if (settings.max < settings.initial) {
    return bad_setting("retry: max, the longest pause, is less than initial");
  }
  return {};
}

bool may_pass(const Error& error) noexcept {
  switch (error.code()) {
    case ErrorCode::timeout:
    case ErrorCode::actor_stopped:
    case ErrorCode::no_such_actor:
    case ErrorCode::mailbox_full:
    case ErrorCode::node_down:
    case ErrorCode::node_unreachable:
    case ErrorCode::link_full:
    case ErrorCode::expired:
    case ErrorCode::limit_reached:
    case ErrorCode::storage_unavailable:
    case ErrorCode::storage_full: return true;
    default: return false;
  }
}

namespace runtime {

Duration retry_pause(const RetrySettings& settings, std::size_t next_try) {
  const RestartBackoff backoff{settings.initial, settings.max};
  const auto number = static_cast<unsigned>(std::min<std::size_t>(next_try - 1, UINT32_MAX));
  return restart_pause(backoff, number, this_thread.core->platform.random->unit());
}

}  // namespace runtime
}  // namespace troupe
