// Troupe: actors in C++20. Everything that a user writes with, in one header.
#pragma once

#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/combinators.hpp>
#include <troupe/actor/remote_child.hpp>
#include <troupe/actor/router.hpp>
#include <troupe/node/node.hpp>
