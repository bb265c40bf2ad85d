// Lifecycle: how an actor begins, and what it does when a handler of its fails. Each function runs
// in the turn of the actor that it is about, but for make_actor(), which runs where the actor is
// spawned.
#pragma once

#include <string_view>
#include <troupe/actor/ports/ruling.hpp>
#include <troupe/actor/runtime/actor_class.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// What is to be made; the block holds the constructor's arguments already.
struct SpawnOrder {
  const ActorClass* actor_class;
  void* block;
  std::string_view name;        ///< Empty: the actor gets a name from its id.
  const SpawnOptions* options;  ///< Null: nothing was said.
  StopPolicy stop_policy;       ///< The class's own.
  TypeList types = {};          ///< That the actor accepts.
};

/// Makes an actor below `parent`: on the parent's turn, or on any thread for the guardian. Runs the
/// constructor. Takes the block. Errors: `invalid_name`, `invalid_setting`, `name_taken`,
/// `shutdown`, `start_failed`, `limit_reached`.
[[nodiscard]] Result<AnyRef> make_actor(SystemCore& core, Cell& parent, const SpawnOrder& order);

/// Runs on_start and opens the mailbox.
void start(SystemCore& core, Cell& cell);

/// Answers the asker of the message whose handler failed, if there is one, marks the actor failed,
/// and tells its supervisor. Takes the message.
void fail(SystemCore& core, Cell& cell, ChildFailed failure, Envelope* message);

/// Carries out the supervisor's directive.
void obey(SystemCore& core, Cell& cell, const Ruling& ruling);

}  // namespace troupe::runtime
