// Troupe: actors in C++20. Everything that a user writes with, in one header: actors, systems and
// nodes, and what goes with them.
//
// Not in it: troupe/testkit/, which is for tests and is linked apart.
#pragma once

// First, so that the error for a message that cannot be sent comes with a short list of includes.
#include <troupe/wire/serialisable.hpp>

#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/ask_each.hpp>
#include <troupe/actor/combinators.hpp>
#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/mailbox_depth.hpp>
#include <troupe/actor/message_rejected.hpp>
#include <troupe/actor/middleware.hpp>
#include <troupe/actor/node_events.hpp>
#include <troupe/actor/receive_timeout.hpp>
#include <troupe/actor/remote_child.hpp>
#include <troupe/actor/retry.hpp>
#include <troupe/actor/role.hpp>
#include <troupe/actor/router.hpp>
#include <troupe/actor/stop_policy.hpp>
#include <troupe/actor/supervision.hpp>
#include <troupe/actor/task.hpp>
#include <troupe/cluster/cluster.hpp>
#include <troupe/node/end_watch.hpp>
#include <troupe/node/node.hpp>
#include <troupe/node/run_until_signal.hpp>
