// The workloads. Each does its work, in the given system or in two nodes of its own, and returns
// its figure: operations each second, but where it says something else.
#pragma once

#include <caf/all.hpp>

#include <cstdint>

namespace bench {

// ping_pong: two actors bounce one message.
double ping_pong(caf::actor_system& system);

// counting and fan_in: producers send to one counter.
double counting(caf::actor_system& system);
double fan_in(caf::actor_system& system);

// ring: one token goes round 1,000 actors.
double ring(caf::actor_system& system);

// spawn: one actor spawns a million, each answers one message and ends. The spawner gives way after
// so many of its messages.
double spawn(caf::actor_system& system);
inline constexpr std::int64_t spawner_messages_max = 3;

// idle_bytes: resident memory of one actor that waits.
double idle_bytes(caf::actor_system& system);

// skynet: a tree of ten with a million leaves. In seconds.
double skynet(caf::actor_system& system);

// ask_sequential and ask_concurrent: one actor asks another, one question after the other or a
// hundred at a time.
double ask_sequential(caf::actor_system& system);
double ask_concurrent(caf::actor_system& system);

// Tells and asks to an actor in a second process, with so many workers in each. They fork: no
// thread may have been started.
double remote_tell_32(int workers);
double remote_tell_1k(int workers);
double remote_ask_1000(int workers);
// The median's microseconds.
double remote_ask_p50_us(int workers);

}  // namespace bench
