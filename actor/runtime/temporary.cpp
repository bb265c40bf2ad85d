#include <troupe/actor/runtime/temporary.hpp>

#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {

void drop_for_unmade(SystemCore& core, std::string_view actor_class, std::string_view message_type,
                     const Error& error) {
  const ErrorCode reason =
      error.code() == ErrorCode::shutdown ? ErrorCode::shutdown : ErrorCode::no_such_actor;
  const ActorId sender = this_thread.sender;
  const ActorId maker = sender != 0 ? sender : core.guardian_id;
  if (const auto log = core.failure_log(LogLevel::error, maker)) {
    log->error("a temporary {} was not made: {}", actor_class, error);
  }
  count_sent(core, 1);
  core.add_dead_letter({reason, "a temporary " + std::string(actor_class),
                        sender != 0 ? path_of(core, sender) : "", std::string(message_type)});
}

}  // namespace troupe::runtime
