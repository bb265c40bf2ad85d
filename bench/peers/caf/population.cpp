// The workloads of many actors: spawn, idle_bytes and skynet.

#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "measurement.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

// spawn: one actor spawns a million, each answers one message and ends.

constexpr std::int64_t spawned_actors = 1'000'000;

// The spawner gives way after so many actors, and after so many of its messages. CAF's scheduler
// searches its run queue from end to end when it steals: with a million actors queued it comes to
// a stand. What is left is the price of an actor's end, which CAF reports to its clock's thread.
constexpr std::int64_t spawn_batch = 20;

caf::behavior answerer(caf::event_based_actor* self) {
  return {[self](std::int64_t number) {
    self->quit();
    return number;
  }};
}

struct SpawnerState {
  std::int64_t spawned = 0;
  std::int64_t answered = 0;
  std::int64_t sum = 0;
  Clock::time_point start;
};

caf::behavior spawner(caf::stateful_actor<SpawnerState>* self, caf::actor main_thread) {
  self->state.start = Clock::now();
  return {
      [=](go_atom) {
        auto& spawned = self->state.spawned;
        for (std::int64_t i = 0; i < spawn_batch && spawned < spawned_actors; ++i, ++spawned) {
          self->send(self->spawn(answerer), spawned);
        }
        if (spawned < spawned_actors) {
          self->send(self, go_atom::value);
        }
      },
      [=](std::int64_t number) {
        self->state.sum += number;
        if (++self->state.answered == spawned_actors) {
          must_equal("the answers' sum", spawned_actors * (spawned_actors - 1) / 2,
                     self->state.sum);
          self->send(main_thread, spawned_actors / seconds_since(self->state.start));
        }
      },
  };
}

}  // namespace

double spawn(caf::actor_system& system) {
  caf::scoped_actor main_thread{system};
  caf::anon_send(system.spawn(spawner, caf::actor{main_thread}), go_atom::value);
  return figure_from(main_thread);
}

namespace {

// idle_bytes: resident memory of one actor that waits.

constexpr std::int64_t idle_actors = 1'000'000;

std::atomic<std::int64_t> idle_ready{0};

caf::behavior idle(caf::event_based_actor*) {
  idle_ready.fetch_add(1, std::memory_order_relaxed);
  return {[](std::int64_t number) { return number; }};
}

double resident_bytes() {
  std::ifstream status{"/proc/self/status"};
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) {
      return std::strtod(line.c_str() + 6, nullptr) * 1024;
    }
  }
  std::fprintf(stderr, "bench_caf: /proc/self/status shows no VmRSS\n");
  std::_Exit(1);
}

}  // namespace

double idle_bytes(caf::actor_system& system) {
  // An actor lives as long as a handle to it; the handles' own memory is touched before.
  std::vector<caf::actor> handles(idle_actors);
  double before = resident_bytes();
  for (auto& handle : handles) {
    handle = system.spawn(idle);
  }
  while (idle_ready.load(std::memory_order_relaxed) < idle_actors) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  must_equal("idle actors", idle_actors, idle_ready.load());
  double figure = (resident_bytes() - before) / idle_actors;
  handles.clear();
  return figure;
}

namespace {

// skynet: a tree of ten with a million leaves.

constexpr std::int64_t skynet_leaves = 1'000'000;

struct SumState {
  std::int64_t sum = 0;
  int answers_due = 10;
};

caf::behavior skynet_node(caf::stateful_actor<SumState>* self, caf::actor parent,
                          std::int64_t first, std::int64_t leaves);

caf::behavior skynet_leaf(caf::event_based_actor* self, caf::actor parent, std::int64_t ordinal) {
  self->send(parent, ordinal);
  return {};
}

caf::behavior skynet_node(caf::stateful_actor<SumState>* self, caf::actor parent,
                          std::int64_t first, std::int64_t leaves) {
  std::int64_t each = leaves / 10;
  for (std::int64_t i = 0; i < 10; ++i) {
    if (each == 1) {
      self->spawn(skynet_leaf, caf::actor{self}, first + i);
    } else {
      self->spawn(skynet_node, caf::actor{self}, first + i * each, each);
    }
  }
  return {[=](std::int64_t number) {
    self->state.sum += number;
    if (--self->state.answers_due == 0) {
      self->send(parent, self->state.sum);
      self->quit();
    }
  }};
}

}  // namespace

double skynet(caf::actor_system& system) {
  caf::scoped_actor main_thread{system};
  auto start = Clock::now();
  system.spawn(skynet_node, caf::actor{main_thread}, std::int64_t{0}, skynet_leaves);
  std::int64_t sum = 0;
  main_thread->receive([&](std::int64_t received) { sum = received; });
  double figure = seconds_since(start);
  must_equal("skynet's sum", skynet_leaves * (skynet_leaves - 1) / 2, sum);
  return figure;
}

}  // namespace bench
