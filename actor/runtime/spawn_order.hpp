// SpawnOrder: what the code of users' classes, which is compiled with them, hands to the runtime to
// have an actor made. All else that the runtime knows of lives stays out of their sight.
#pragma once

#include <string_view>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/ports/known_types.hpp>
#include <troupe/actor/runtime/actor_class.hpp>
#include <troupe/actor/spawn_options.hpp>

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

}  // namespace troupe::runtime
