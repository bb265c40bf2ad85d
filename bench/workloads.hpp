// The workloads. Each does its work, in the given system or in two nodes of its own, and returns
// its figure: operations each second, but where it says something else.
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

// Messages, or actors, a second, of work that more workers could make slower.

double pipeline(troupe::ActorSystem& system);
/// From 1, 2 and 4 threads that are no workers.
double outside_tell(troupe::ActorSystem& system);
double outside_tell_2(troupe::ActorSystem& system);
double outside_tell_4(troupe::ActorSystem& system);
double spawn_and_end(troupe::ActorSystem& system);

double ask_sequential(troupe::ActorSystem& system);
double ask_concurrent(troupe::ActorSystem& system);

// These run two nodes, each with so many workers, and fork: no thread may have been started.

double remote_tell_32(unsigned workers);
double remote_tell_1k(unsigned workers);
/// As remote_tell_32(), encrypted.
double remote_tell_curve(unsigned workers);
double remote_ask_1000(unsigned workers);
/// Microseconds.
double remote_ask_p50_us(unsigned workers);
/// How often threads of both processes wait for each ask, and how often others take their core.
double remote_ask_switches(unsigned workers);
double remote_ask_forced_switches(unsigned workers);
/// Milliseconds.
double ask_p99_under_tells_ms(unsigned workers);

}  // namespace bench
