// Actor: what an actor class is written with: the base class, and all that its context can do. Who
// makes a system as well includes actor_system.hpp, which includes this.
#pragma once

#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/context_inline.hpp>
#include <troupe/actor/event_stream.hpp>
