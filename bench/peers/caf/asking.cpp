// The workloads of questions and answers: ask_sequential and ask_concurrent.

#include <caf/all.hpp>

#include <cstdint>

#include "measurement.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

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

}  // namespace

double ask_sequential(caf::actor_system& system) { return ask_with(system, 1); }

double ask_concurrent(caf::actor_system& system) { return ask_with(system, 100); }

}  // namespace bench
