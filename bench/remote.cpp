// The workloads of two nodes in two processes: remote_tell_32, remote_tell_1k, remote_tell_curve,
// remote_ask_1000, remote_ask_p50_us, remote_ask_switches, remote_ask_forced_switches and
// ask_p99_under_tells_ms.

#include <unistd.h>
#include <chrono>
#include <cstdint>
#include <string>
#include <troupe/transport/security/zmq_keys.hpp>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "two_processes.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

using namespace troupe;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr auto patience = std::chrono::minutes(2);
constexpr long short_tells = 5'000'000;
constexpr long long_tells = 500'000;
constexpr long concurrent_asks = 500'000;
constexpr long untimed_asks_paced = 1'000;
constexpr long timed_asks_paced = 10'000;
constexpr auto pace_period = std::chrono::milliseconds(1);

// --- The second node: who counts, and who answers ---

struct Tell {
  std::int64_t number = 0;
  std::int64_t account = 0;
  std::string text;
};
struct HowMany {
  using Reply = long;
};
struct Question {
  using Reply = long;
  long number = 0;
};

/// Counts tells; a single one that is out of its order makes the count -1.
class Counter : public Actor {
 public:
  using Protocol = Accepts<Tell, HowMany>;
  void on(const Tell& tell) {
    in_order_ = in_order_ && tell.number == count_;
    ++count_;
  }
  long on(HowMany) const { return in_order_ ? count_ : -1; }

 private:
  long count_ = 0;
  bool in_order_ = true;
};

class Answerer : public Actor {
 public:
  using Protocol = Accepts<Question>;
  long on(Question question) { return question.number + 1; }
};

NodeSettings node_settings(const char* name, unsigned workers, SecuritySettings security) {
  NodeSettings settings;
  settings.name = name;
  settings.system.workers = workers;
  settings.security = std::move(security);
  return settings;
}

/// Of the first and the second node; off, or with keys of which each trusts the other's.
struct Security {
  SecuritySettings first;
  SecuritySettings second;

  static Security with_keys() {
    const KeyPair first = generate_keys().value();
    const KeyPair second = generate_keys().value();
    return {{.keys = first, .trusted = {{"second", second.public_key}}},
            {.keys = second, .trusted = {{"first", first.public_key}}}};
  }
};

/// The two nodes: this process's, and one like it in a second process, with its actors.
class TwoNodes {
 public:
  explicit TwoNodes(unsigned workers, const Security& security = {})
      : second_([&](std::FILE* said) {
          Node node(node_settings("second", workers, security.second));
          node.spawn<Counter>("counter");
          node.spawn<Answerer>("answerer");
          say_line(said, "troupe://" + node.address().to_string());
          wait_to_be_ended();
        }),
        first_(node_settings("first", workers, security.first)),
        address_(second_.line()),
        counter_(first_.select<Counter::Protocol>(address_ + "/user/counter")),
        answerer_(first_.select<Answerer::Protocol>(address_ + "/user/answerer")) {
    must_equal("tells before the first", 0, counter_.ask(HowMany{}).get().value());
  }

  Node& first() { return first_; }
  const ActorRef<Counter::Protocol>& counter() { return counter_; }
  const ActorRef<Answerer::Protocol>& answerer() { return answerer_; }
  [[nodiscard]] Switches switches() const {
    return switches_of(::getpid()) + switches_of(second_.pid());
  }

 private:
  SecondProcess second_;
  Node first_;
  std::string address_;
  ActorRef<Counter::Protocol> counter_;
  ActorRef<Answerer::Protocol> answerer_;
};

// --- Tells ---

struct TellAll {
  using Reply = long;
  ActorRef<Counter::Protocol> counter;
  long tells = 0;
  std::size_t text_bytes = 0;
};

/// Tells as fast as the link takes them, then answers with the receiver's count.
class Teller : public Actor {
 public:
  using Protocol = Accepts<TellAll>;
  Task<long> on(TellAll order) {
    const std::string text(order.text_bytes, 'x');
    for (long number = 0; number < order.tells; ++number) {
      static_cast<void>(co_await send<Tell>(order.counter, {number, number / 2, text}));
      if (number % burst == 0) co_await yield();
    }
    co_return (co_await ask(order.counter, HowMany{}, patience)).value();
  }
};

double tells_per_second(TwoNodes& nodes, long tells, std::size_t text_bytes) {
  auto teller = nodes.first().spawn<Teller>();
  const Stopwatch watch;
  const long count = run(teller, TellAll{nodes.counter(), tells, text_bytes});
  const double seconds = watch.seconds();
  must_equal("tells in order", tells, count);
  return static_cast<double>(tells) / seconds;
}

// --- Asks ---

struct AskAll {
  using Reply = long;
  ActorRef<Answerer::Protocol> answerer;
  long asks = 0;
};
/// Answered with the microseconds that each took.
struct TimeAsks {
  using Reply = std::vector<double>;
  ActorRef<Answerer::Protocol> answerer;
  long untimed = 0;
  long timed = 0;
};

/// One sequence of asks; reentrant, so that an asker can have many of them under way.
class Asker : public Actor {
 public:
  using Protocol = Accepts<AskAll, TimeAsks>;
  Task<long, reentrant> on(AskAll order) {
    for (long i = 0; i < order.asks; ++i) {
      must_equal("an answer", i + 1, (co_await ask(order.answerer, Question{i})).value());
    }
    co_return order.asks;
  }
  Task<std::vector<double>> on(TimeAsks order) {
    std::vector<double> microseconds;
    for (long i = 0; i < order.untimed + order.timed; ++i) {
      const Stopwatch watch;
      const long answer = (co_await ask(order.answerer, Question{i})).value();
      if (i >= order.untimed) microseconds.push_back(watch.seconds() * 1e6);
      must_equal("an answer", i + 1, answer);
    }
    co_return microseconds;
  }
};

std::vector<double> time_asks(TwoNodes& nodes, long untimed, long timed) {
  auto asker = nodes.first().spawn<Asker>();
  return asker.ask(TimeAsks{nodes.answerer(), untimed, timed}, patience).get().value();
}

// --- Asks under tells ---

struct Pace {
  ActorRef<Counter::Protocol> counter;
  long first_number = 0;
  double tells_per_second = 0;
};
struct Due {};
/// Answered with how many were told, all of which have arrived.
struct StopTelling {
  using Reply = long;
};

/// Tells at an even pace: what is due, once a millisecond.
class PacedTeller : public Actor {
 public:
  using Protocol = Accepts<Pace, Due, StopTelling>;
  void on(Pace pace) {
    pace_ = pace;
    began_ = Clock::now();
    start_timer("due", every(pace_period), Due{});
  }
  void on(Due) {
    const double due = Seconds(Clock::now() - began_).count() * pace_.tells_per_second;
    while (static_cast<double>(told_) < due) {
      const long number = pace_.first_number + told_;
      if (!pace_.counter.try_tell(Tell{number, number / 2, text_}).ok()) return;
      ++told_;
    }
  }
  Task<long> on(StopTelling) {
    cancel_timer("due");
    const auto count = co_await ask(pace_.counter, HowMany{}, patience);
    must_equal("tells in order", pace_.first_number + told_, count.value());
    co_return told_;
  }

 private:
  const std::string text_ = std::string(short_text_bytes, 'x');
  Pace pace_;
  Clock::time_point began_;
  long told_ = 0;
};

}  // namespace

double remote_tell_32(unsigned workers) {
  TwoNodes nodes(workers);
  return tells_per_second(nodes, short_tells, short_text_bytes);
}

double remote_tell_1k(unsigned workers) {
  TwoNodes nodes(workers);
  return tells_per_second(nodes, long_tells, long_text_bytes);
}

double remote_tell_curve(unsigned workers) {
  TwoNodes nodes(workers, Security::with_keys());
  return tells_per_second(nodes, short_tells, short_text_bytes);
}

double remote_ask_1000(unsigned workers) {
  TwoNodes nodes(workers);
  auto asker = nodes.first().spawn<Asker>();
  std::vector<Future<long>> sequences;
  const Stopwatch watch;
  for (long i = 0; i < asks_outstanding; ++i) {
    const AskAll order{nodes.answerer(), concurrent_asks / asks_outstanding};
    sequences.push_back(asker.ask(order, patience));
  }
  long answered = 0;
  for (auto& sequence : sequences) answered += sequence.get().value();
  const double seconds = watch.seconds();
  must_equal("answers", concurrent_asks, answered);
  return static_cast<double>(concurrent_asks) / seconds;
}

double remote_ask_p50_us(unsigned workers) {
  TwoNodes nodes(workers);
  return quantile(time_asks(nodes, untimed_asks, timed_asks), 0.5);
}

namespace {

/// Of both processes, each ask.
double ask_switches(unsigned workers, long Switches::* kind) {
  TwoNodes nodes(workers);
  static_cast<void>(time_asks(nodes, untimed_asks, 0));
  const Switches before = nodes.switches();
  static_cast<void>(time_asks(nodes, 0, timed_asks));
  return static_cast<double>((nodes.switches() - before).*kind) / timed_asks;
}

}  // namespace

double remote_ask_switches(unsigned workers) { return ask_switches(workers, &Switches::voluntary); }

double remote_ask_forced_switches(unsigned workers) {
  return ask_switches(workers, &Switches::forced);
}

double ask_p99_under_tells_ms(unsigned workers) {
  TwoNodes nodes(workers);
  const double pace = tells_per_second(nodes, short_tells, short_text_bytes) / 2;
  auto teller = nodes.first().spawn<PacedTeller>();
  const Stopwatch watch;
  teller.tell(Pace{nodes.counter(), short_tells, pace});
  const std::vector<double> microseconds = time_asks(nodes, untimed_asks_paced, timed_asks_paced);
  const double told = static_cast<double>(run(teller, StopTelling{}));
  if (told < 0.95 * pace * watch.seconds()) fail("the tells fell behind their pace");
  return quantile(microseconds, 0.99) / 1e3;
}

}  // namespace bench
