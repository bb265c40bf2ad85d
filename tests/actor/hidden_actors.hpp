// Actors in a shared library that is compiled with hidden visibility, as plug-ins are.
#pragma once

#include <string>
#include <troupe/actor/actor_system.hpp>

namespace troupe::hidden {

/// Has an actor of the library spawn another one, ask it, tell it, and wait for an answer that it
/// defers. Returns what came of each.
[[gnu::visibility("default")]] std::string run_actors(ActorSystem& system);

}  // namespace troupe::hidden
