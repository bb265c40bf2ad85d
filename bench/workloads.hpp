// The workloads. Each does its work in the given system and returns its figure: operations each
// second, but where it says something else.
#pragma once

#include <troupe/troupe.hpp>

namespace bench {

/// A producer gives way after so many messages, so that they are handled while they are in the
/// cache.
inline constexpr long burst = 128;

double ping_pong(troupe::ActorSystem& system);
double counting(troupe::ActorSystem& system);
double fan_in(troupe::ActorSystem& system);
double ring(troupe::ActorSystem& system);

double spawn_and_answer(troupe::ActorSystem& system);
/// Bytes of resident memory for each actor.
double idle_bytes(troupe::ActorSystem& system);
/// Seconds.
double skynet(troupe::ActorSystem& system);

double ask_sequential(troupe::ActorSystem& system);
double ask_concurrent(troupe::ActorSystem& system);

}  // namespace bench
