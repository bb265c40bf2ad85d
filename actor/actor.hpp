// Actor: what an actor class is written with: the base class, and all that its context can do.
#pragma once

#include <troupe/actor/actor_base.hpp>
#include <troupe/actor/context_inline.hpp>
#include <troupe/actor/event_stream.hpp>
