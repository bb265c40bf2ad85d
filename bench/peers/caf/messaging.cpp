// The workloads of messages between actors that live: ping_pong, counting, fan_in and ring.

#include <caf/all.hpp>

#include <cstdint>
#include <utility>

#include "measurement.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

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

}  // namespace

double ping_pong(caf::actor_system& system) {
  caf::scoped_actor main_thread{system};
  auto first = system.spawn(pinger, system.spawn(ponger), caf::actor{main_thread});
  caf::anon_send(first, go_atom::value);
  return figure_from(main_thread);
}

namespace {

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

}  // namespace

double counting(caf::actor_system& system) { return produce(system, 1, counted_messages); }

double fan_in(caf::actor_system& system) {
  return produce(system, fan_in_producers, fan_in_messages);
}

namespace {

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

}  // namespace

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

}  // namespace bench
