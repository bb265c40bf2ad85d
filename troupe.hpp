// Troupe: actors in C++20. Everything that a user writes with, in one header.
#pragma once

// First, so that the error for a message that cannot be sent comes with a short list of includes.
#include <troupe/wire/serialisable.hpp>

#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/combinators.hpp>
#include <troupe/actor/message_rejected.hpp>
#include <troupe/actor/middleware.hpp>
#include <troupe/actor/node_events.hpp>
#include <troupe/actor/remote_child.hpp>
#include <troupe/actor/router.hpp>
#include <troupe/node/node.hpp>
