// The workloads of questions and answers: ask_sequential and ask_concurrent.

#include <chrono>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

using namespace troupe;

constexpr long asks = 5'000'000;
constexpr long outstanding = 100;

struct Question {
  using Reply = long;
  long number = 0;
};
struct AskAll {
  using Reply = long;
  AnyRef answerer;
  long asks = 0;
};

class Answerer : public Actor {
 public:
  using Protocol = Accepts<Question>;
  long on(Question question) { return question.number + 1; }
};

/// One sequence of asks; reentrant, so that an asker can have many of them under way.
class Asker : public Actor {
 public:
  using Protocol = Accepts<AskAll>;
  Task<long, reentrant> on(AskAll order) {
    long answered = 0;
    for (long i = 0; i < order.asks; ++i) {
      auto answer = co_await ask(order.answerer, Question{i});
      if (!answer || *answer != i + 1) break;
      ++answered;
    }
    co_return answered;
  }
};

double ask(ActorSystem& system, long sequences) {
  auto answerer = system.spawn<Answerer>("answerer");
  auto asker = system.spawn<Asker>("asker");
  std::vector<Future<long>> all;
  const Stopwatch watch;
  for (long i = 0; i < sequences; ++i) {
    all.push_back(asker.ask(AskAll{answerer, asks / sequences}, std::chrono::minutes(2)));
  }
  long answered = 0;
  for (auto& sequence : all) answered += sequence.get().value();
  const double seconds = watch.seconds();
  must_equal("answers", asks, answered);
  return static_cast<double>(asks) / seconds;
}

}  // namespace

double ask_sequential(ActorSystem& system) { return ask(system, 1); }

double ask_concurrent(ActorSystem& system) { return ask(system, outstanding); }

}  // namespace bench
