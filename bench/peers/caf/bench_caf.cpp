// The benchmarks' work, done by CAF 0.17: `bench_caf WORKLOAD WORKERS` prints one plain number.
//
// Each workload is written the way CAF runs it fastest (what was tried is noted where it is not
// obvious), times itself inside its actors, and checks its own result: a wrong count ends the
// program with words and status 1. What is deliberately not measured: starting and stopping CAF.

#include <malloc.h>

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

namespace {

using Clock = std::chrono::steady_clock;

using go_atom = caf::atom_constant<caf::atom("go")>;
using count_atom = caf::atom_constant<caf::atom("count")>;
using report_atom = caf::atom_constant<caf::atom("report")>;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void must_equal(const char* what, std::int64_t expected, std::int64_t counted) {
  if (expected == counted) {
    return;
  }
  std::fprintf(stderr, "bench_caf: %s: expected %lld, counted %lld\n", what,
               static_cast<long long>(expected), static_cast<long long>(counted));
  std::_Exit(1);
}

// Waits for the one figure that a workload's actors send to the main thread.
double figure_from(caf::scoped_actor& main_thread) {
  double figure = 0;
  main_thread->receive([&](double received) { figure = received; });
  return figure;
}

// ping_pong: two actors bounce one message.

constexpr std::int64_t round_trips = 1'000'000;

caf::behavior ponger(caf::event_based_actor*) {
  return {[](std::int64_t bounces) { return bounces + 1; }};
}

struct PingerState {
  std::int64_t left = 0;
  Clock::time_point start;
};

caf::behavior pinger(caf::stateful_actor<PingerState>* self, caf::actor peer,
                     caf::actor main_thread) {
  self->state.left = round_trips;
  return {
      [=](go_atom) {
        self->state.start = Clock::now();
        self->send(peer, std::int64_t{1});
      },
      [=](std::int64_t bounces) {
        if (--self->state.left > 0) {
          self->send(peer, bounces + 1);
          return;
        }
        must_equal("ping_pong's bounces", 2 * round_trips, bounces);
        self->send(main_thread, 2.0 * round_trips / seconds_since(self->state.start));
      },
  };
}

double ping_pong(caf::actor_system& system) {
  caf::scoped_actor main_thread{system};
  auto first = system.spawn(pinger, system.spawn(ponger), caf::actor{main_thread});
  caf::anon_send(first, go_atom::value);
  return figure_from(main_thread);
}

// counting and fan_in: producers send to one counter.

constexpr std::int64_t counted_messages = 5'000'000;
constexpr std::int64_t fan_in_messages = 1'000'000;
constexpr int fan_in_producers = 8;

struct CounterState {
  std::int64_t count = 0;
  int reports_due = 0;
  Clock::time_point start;
};

// Counts until each of its producers has said that it sent all, then sends the rate.
caf::behavior counter(caf::stateful_actor<CounterState>* self, int producers, std::int64_t expected,
                      caf::actor main_thread) {
  self->state.reports_due = producers;
  self->state.start = Clock::now();
  return {
      [=](count_atom) { ++self->state.count; },
      [=](report_atom) {
        if (--self->state.reports_due > 0) {
          return;
        }
        must_equal("counted messages", expected, self->state.count);
        self->send(main_thread, static_cast<double>(expected) / seconds_since(self->state.start));
      },
  };
}

// Sends all at once: giving way after every few hundred messages gains CAF nothing.
caf::behavior producer(caf::event_based_actor* self, caf::actor target, std::int64_t messages) {
  return {[=](go_atom) {
    for (std::int64_t i = 0; i < messages; ++i) {
      self->send(target, count_atom::value);
    }
    self->send(target, report_atom::value);
    self->quit();
  }};
}

double produce(caf::actor_system& system, int producers, std::int64_t messages_each) {
  caf::scoped_actor main_thread{system};
  auto target =
      system.spawn(counter, producers, producers * messages_each, caf::actor{main_thread});
  for (int i = 0; i < producers; ++i) {
    caf::anon_send(system.spawn(producer, target, messages_each), go_atom::value);
  }
  return figure_from(main_thread);
}

double counting(caf::actor_system& system) { return produce(system, 1, counted_messages); }

double fan_in(caf::actor_system& system) {
  return produce(system, fan_in_producers, fan_in_messages);
}

// ring: one token goes round 1,000 actors.

constexpr int ring_members = 1'000;
constexpr std::int64_t ring_hops = 2'000'000;  // A rate; the full 5 M take CAF three seconds.

struct MemberState {
  caf::actor next;
  Clock::time_point start;
};

caf::behavior member(caf::stateful_actor<MemberState>* self, caf::actor next, int index,
                     caf::actor main_thread) {
  self->state.next = std::move(next);
  return {
      [=](std::int64_t hops_left) {
        if (hops_left > 0) {
          self->send(self->state.next, hops_left - 1);
          return;
        }
        must_equal("the ring's last member", ring_hops % ring_members, index);
        self->send(main_thread, report_atom::value);
      },
      [=](const caf::actor& first) { self->state.next = first; },
  };
}

double ring(caf::actor_system& system) {
  caf::scoped_actor main_thread{system};
  caf::actor last = system.spawn(member, caf::actor{}, ring_members - 1, caf::actor{main_thread});
  caf::actor first = last;
  for (int index = ring_members - 2; index >= 0; --index) {
    first = system.spawn(member, first, index, caf::actor{main_thread});
  }
  caf::anon_send(last, first);
  auto start = Clock::now();
  caf::anon_send(first, ring_hops);
  main_thread->receive([](report_atom) {});
  return ring_hops / seconds_since(start);
}

// spawn: one actor spawns a million, each answers one message and ends.

constexpr std::int64_t spawned_actors = 1'000'000;

// The spawner gives way after so many actors, and after so many of its messages. CAF's scheduler
// searches its run queue from end to end when it steals: with a million actors queued it comes to
// a stand. What is left is the price of an actor's end, which CAF reports to its clock's thread.
constexpr std::int64_t spawn_batch = 20;
constexpr std::int64_t spawner_messages_max = 3;

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

double spawn(caf::actor_system& system) {
  caf::scoped_actor main_thread{system};
  caf::anon_send(system.spawn(spawner, caf::actor{main_thread}), go_atom::value);
  return figure_from(main_thread);
}

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

// ask_sequential and ask_concurrent: one actor asks another. The asks have no time-out, although
// the other systems' have one: with it, each goes by the clock's thread at a third of the speed.

constexpr std::int64_t asks = 1'000'000;

struct AskerState {
  std::int64_t asked = 0;
  std::int64_t answered = 0;
  std::int64_t sum = 0;
  Clock::time_point start;
};

using Asker = caf::stateful_actor<AskerState>;

void ask(Asker* self, const caf::actor& answering, const caf::actor& main_thread);

void on_answer(Asker* self, const caf::actor& answering, const caf::actor& main_thread,
               std::int64_t answer) {
  self->state.sum += answer;
  if (++self->state.answered == asks) {
    must_equal("the answers' sum", asks * (asks - 1) / 2, self->state.sum);
    self->send(main_thread, asks / seconds_since(self->state.start));
  } else if (self->state.asked < asks) {
    ask(self, answering, main_thread);
  }
}

void ask(Asker* self, const caf::actor& answering, const caf::actor& main_thread) {
  self->request(answering, caf::infinite, self->state.asked++).then([=](std::int64_t answer) {
    on_answer(self, answering, main_thread, answer);
  });
}

caf::behavior asker(Asker* self, caf::actor answering, int outstanding, caf::actor main_thread) {
  return {[=](go_atom) {
    self->state.start = Clock::now();
    for (int i = 0; i < outstanding; ++i) {
      ask(self, answering, main_thread);
    }
  }};
}

caf::behavior echo(caf::event_based_actor*) {
  return {[](std::int64_t number) { return number; }};
}

double ask_with(caf::actor_system& system, int outstanding) {
  caf::scoped_actor main_thread{system};
  caf::anon_send(system.spawn(asker, system.spawn(echo), outstanding, caf::actor{main_thread}),
                 go_atom::value);
  return figure_from(main_thread);
}

double ask_sequential(caf::actor_system& system) { return ask_with(system, 1); }

double ask_concurrent(caf::actor_system& system) { return ask_with(system, 100); }

// The workloads by name.

struct Workload {
  const char* name;
  double (*run)(caf::actor_system&);
  std::int64_t messages_max = 0;  // Before an actor gives way; 0 keeps CAF's default, no limit.
};

constexpr Workload workloads[] = {
    {"ping_pong", ping_pong},
    {"counting", counting},
    {"fan_in", fan_in},
    {"ring", ring},
    {"spawn", spawn, spawner_messages_max},
    {"idle_bytes", idle_bytes},
    {"skynet", skynet},
    {"ask_sequential", ask_sequential},
    {"ask_concurrent", ask_concurrent},
};

void run(const Workload& workload, int workers) {
  // Do not hand memory back to the kernel in the middle of the work: a tenth faster.
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  caf::actor_system_config config;
  config.set("scheduler.max-threads", workers);
  if (workload.messages_max > 0) {
    config.set("scheduler.max-throughput", workload.messages_max);
  }
  caf::actor_system system{config};
  std::printf("%.6f\n", workload.run(system));
  std::fflush(stdout);
  std::_Exit(0);  // Stopping a million actors is not part of any workload.
}

}  // namespace

int main(int argc, char** argv) {
  int workers = argc == 3 ? std::atoi(argv[2]) : 0;
  if (workers < 1) {
    std::fprintf(stderr, "usage: bench_caf WORKLOAD WORKERS\n");
    return 2;
  }
  for (const auto& workload : workloads) {
    if (std::string{argv[1]} == workload.name) {
      run(workload, workers);
    }
  }
  std::fprintf(stderr, "bench_caf: no workload is called %s\n", argv[1]);
  return 2;
}
