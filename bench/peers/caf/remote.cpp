// The workloads of two nodes in two processes: remote_tell_32, remote_tell_1k, remote_ask_1000 and
// remote_ask_p50_us. The nodes talk through CAF's middleman.

#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "two_processes.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

constexpr std::int64_t short_tells = 500'000;
constexpr std::int64_t long_tells = 100'000;
constexpr std::int64_t concurrent_asks = 300'000;

using how_many_atom = caf::atom_constant<caf::atom("howmany")>;

struct Node {
  explicit Node(int workers) {
    config.load<caf::io::middleman>();
    config.set("scheduler.max-threads", workers);
  }

  caf::actor_system_config config;
};

struct CounterState {
  std::int64_t count = 0;
  bool in_order = true;
};

// Counts tells, one of which out of its order makes the count -1; and answers questions.
caf::behavior counter_and_answerer(caf::stateful_actor<CounterState>* self) {
  return {
      [=](std::int64_t number, std::int64_t /*account*/, const std::string& /*text*/) {
        auto& state = self->state;
        state.in_order = state.in_order && number == state.count;
        ++state.count;
      },
      [=](how_many_atom) -> std::int64_t { return self->state.in_order ? self->state.count : -1; },
      [](std::int64_t question) { return question + 1; },
  };
}

template <class T>
T must(caf::expected<T> expected, const char* what) {
  if (!expected) {
    std::fprintf(stderr, "bench_caf: %s failed\n", what);
    std::_Exit(1);
  }
  return std::move(*expected);
}

void run_second(int workers, std::FILE* said) {
  Node node{workers};
  caf::actor_system system{node.config};
  auto actor = system.spawn(counter_and_answerer);
  auto port = must(system.middleman().publish(actor, 0, "127.0.0.1"), "publish");
  say_line(said, std::to_string(port));
  wait_to_be_ended();
}

// Runs `work(system, remote actor)` in the first of two nodes.
template <class Work>
double with_two_nodes(int workers, Work work) {
  SecondProcess second{[=](std::FILE* said) { run_second(workers, said); }};
  auto port = static_cast<std::uint16_t>(std::stoi(second.line()));
  Node node{workers};
  caf::actor_system system{node.config};
  auto remote = must(system.middleman().remote_actor("127.0.0.1", port), "remote_actor");
  return work(system, remote);
}

std::int64_t count_of(caf::scoped_actor& self, const caf::actor& counter) {
  std::int64_t counted = -1;
  self->request(counter, caf::infinite, how_many_atom::value)
      .receive([&](std::int64_t count) { counted = count; }, [](const caf::error&) {});
  return counted;
}

// Sends all at once, as CAF has nothing that would hold a sender back.
double tells_per_second(int workers, std::int64_t tells, std::size_t text_bytes) {
  return with_two_nodes(workers, [=](caf::actor_system& system, const caf::actor& counter) {
    caf::scoped_actor self{system};
    must_equal("tells before the first", 0, count_of(self, counter));
    const std::string text(text_bytes, 'x');
    auto start = Clock::now();
    for (std::int64_t number = 0; number < tells; ++number) {
      self->send(counter, number, number / 2, text);
    }
    auto counted = count_of(self, counter);
    auto seconds = seconds_since(start);
    must_equal("tells in order", tells, counted);
    return tells / seconds;
  });
}

struct AskerState {
  std::int64_t asked = 0;
  std::int64_t answered = 0;
  Clock::time_point start;
  std::vector<double> microseconds;
};

using Asker = caf::stateful_actor<AskerState>;

void ask_next(Asker* self, const caf::actor& answerer, const caf::actor& main_thread) {
  auto number = self->state.asked++;
  self->request(answerer, caf::infinite, number).then([=](std::int64_t answer) {
    must_equal("an answer", number + 1, answer);
    if (++self->state.answered == concurrent_asks) {
      self->send(main_thread, concurrent_asks / seconds_since(self->state.start));
      self->quit();  // Else the system would wait for it.
    } else if (self->state.asked < concurrent_asks) {
      ask_next(self, answerer, main_thread);
    }
  });
}

caf::behavior asker_of_many(Asker* self, caf::actor answerer, caf::actor main_thread) {
  return {[=](go_atom) {
    self->state.start = Clock::now();
    for (long i = 0; i < asks_outstanding; ++i) {
      ask_next(self, answerer, main_thread);
    }
  }};
}

void time_next(Asker* self, const caf::actor& answerer, const caf::actor& main_thread) {
  auto number = self->state.asked++;
  self->state.start = Clock::now();
  self->request(answerer, caf::infinite, number).then([=](std::int64_t answer) {
    auto& state = self->state;
    if (number >= untimed_asks) {
      state.microseconds.push_back(seconds_since(state.start) * 1e6);
    }
    must_equal("an answer", number + 1, answer);
    if (state.asked < untimed_asks + timed_asks) {
      time_next(self, answerer, main_thread);
    } else {
      self->send(main_thread, quantile(std::move(state.microseconds), 0.5));
      self->quit();
    }
  });
}

caf::behavior asker_of_one(Asker* self, caf::actor answerer, caf::actor main_thread) {
  return {[=](go_atom) { time_next(self, answerer, main_thread); }};
}

template <class Behavior>
double figure_of(int workers, Behavior asker) {
  return with_two_nodes(workers, [=](caf::actor_system& system, const caf::actor& answerer) {
    caf::scoped_actor main_thread{system};
    caf::anon_send(system.spawn(asker, answerer, caf::actor{main_thread}), go_atom::value);
    return figure_from(main_thread);
  });
}

}  // namespace

double remote_tell_32(int workers) {
  return tells_per_second(workers, short_tells, short_text_bytes);
}

double remote_tell_1k(int workers) {
  return tells_per_second(workers, long_tells, long_text_bytes);
}

double remote_ask_1000(int workers) { return figure_of(workers, asker_of_many); }

double remote_ask_p50_us(int workers) { return figure_of(workers, asker_of_one); }

}  // namespace bench
