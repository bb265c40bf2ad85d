#include <troupe/actor/runtime/routed_message.hpp>

#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {

void drop_uncopied(Envelope& envelope, const AnyRef& routee, const Error& error) {
  SystemCore& core = *this_thread.core;
  const AnyRef sender = sender_of(envelope);
  ++this_thread.sent;
  core.add_dead_letter(ErrorCode::handler_failed, [&] {
    return DeadLetter{ErrorCode::handler_failed, routee.path(), sender ? sender.path() : "",
                      type_name_of(envelope)};
  });
  if (const auto log = core.failure_log(LogLevel::error, this_thread.sender)) {
    log->error("a message for {} could not be copied: {}", routee.path(), error.context());
  }
}

Duration time_left(TimePoint deadline) noexcept {
  if (deadline == TimePoint::max()) return Duration::max();
  return deadline - this_thread.core->clock().now();
}

}  // namespace troupe::runtime
