// The benchmarks' work, done by Troupe: `bench_troupe WORKLOAD WORKERS` prints one plain number.
//
// The same work for the peers is in peers/. Each workload times itself, checks its own result, and
// leaves out the starting and stopping of the system. A wrong count ends the program with words and
// status 1.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <troupe/troupe.hpp>

namespace {

using namespace troupe;

constexpr long round_trips = 5'000'000;
constexpr long counted_messages = 5'000'000;
constexpr long fan_in_producers = 8;
constexpr long fan_in_messages = 1'000'000;
constexpr long ring_members = 1'000;
constexpr long ring_hops = 5'000'000;
constexpr long spawned = 1'000'000;
constexpr long idle_actors = 1'000'000;
constexpr long skynet_leaves = 1'000'000;
constexpr long asks = 5'000'000;
constexpr long outstanding = 100;
/// A producer gives way after so many messages, so that they are handled while they are in the
/// cache.
constexpr long burst = 128;

[[noreturn]] void fail(const std::string& words) {
  std::fprintf(stderr, "bench_troupe: %s\n", words.c_str());
  std::exit(1);
}

void must_equal(const char* what, long expected, long counted) {
  if (expected == counted) return;
  fail(std::string(what) + ": expected " + std::to_string(expected) + ", got " +
       std::to_string(counted));
}

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Asks an actor to do the whole of a workload and waits for its figure.
template <class M>
long run(const AnyRef& actor, M order) {
  return actor.ask(std::move(order), std::chrono::minutes(2)).get().value();
}

// --- ping_pong ---

struct Ball {
  AnyRef from;
  long left = 0;
};
struct Play {
  using Reply = long;
  AnyRef partner;
  long exchanges = 0;
};

class Player : public Actor {
 public:
  using Protocol = Accepts<Ball, Play>;
  Later<long> on(Play play) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    play.partner.tell(Ball{self(), 2 * play.exchanges});
    return later;
  }
  void on(Ball ball) {
    ++hits_;
    if (ball.left > 1) {
      ball.from.tell(Ball{self(), ball.left - 1});
    } else if (done_) {
      done_->set(hits_);
    } else {
      ball.from.tell(Ball{self(), 0});
    }
  }

 private:
  std::optional<ReplyTo<long>> done_;
  long hits_ = 0;
};

double ping_pong(ActorSystem& system) {
  auto pong = system.spawn<Player>("pong");
  auto ping = system.spawn<Player>("ping");
  const Stopwatch watch;
  const long hits = run(ping, Play{pong, round_trips});
  const double seconds = watch.seconds();
  must_equal("hits", round_trips, hits);
  return static_cast<double>(2 * round_trips) / seconds;
}

// --- counting and fan_in ---

struct Item {};
struct Produce {
  AnyRef counter;
  long messages = 0;
};
struct CountTo {
  using Reply = long;
  long expected = 0;
};

class Counter : public Actor {
 public:
  using Protocol = Accepts<Item, CountTo>;
  void on(Item) {
    if (++count_ == expected_) done_->set(count_);
  }
  Later<long> on(CountTo order) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    expected_ = order.expected;
    return later;
  }

 private:
  long count_ = 0;
  long expected_ = -1;
  std::optional<ReplyTo<long>> done_;
};

class Producer : public Actor {
 public:
  using Protocol = Accepts<Produce>;
  Task<> on(Produce order) {
    for (long i = 1; i <= order.messages; ++i) {
      order.counter.tell(Item{});
      if (i % burst == 0) co_await yield();
    }
  }
};

double produce(ActorSystem& system, long producers, long each) {
  auto counter = system.spawn<Counter>("counter");
  std::vector<ActorRef<Producer::Protocol>> all;
  for (long i = 0; i < producers; ++i) all.push_back(system.spawn<Producer>());
  auto counted = counter.ask(CountTo{producers * each}, std::chrono::minutes(2));
  const Stopwatch watch;
  for (const auto& producer : all) producer.tell(Produce{counter, each});
  const long count = counted.get().value();
  const double seconds = watch.seconds();
  must_equal("messages", producers * each, count);
  return static_cast<double>(producers * each) / seconds;
}

// --- ring ---

struct Token {
  long left = 0;
};
struct Next {
  AnyRef ref;
};
struct SendAround {
  using Reply = long;
  long hops = 0;
};

class Member : public Actor {
 public:
  using Protocol = Accepts<Token, Next, SendAround>;
  void on(Next next) { next_ = next.ref; }
  Later<long> on(SendAround order) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    next_.tell(Token{order.hops - 1});
    return later;
  }
  void on(Token token) {
    if (token.left > 0) {
      next_.tell(Token{token.left - 1});
    } else {
      done_->set(token.left);
    }
  }

 private:
  AnyRef next_;
  std::optional<ReplyTo<long>> done_;
};

double ring(ActorSystem& system) {
  std::vector<ActorRef<Member::Protocol>> members;
  for (long i = 0; i < ring_members; ++i) members.push_back(system.spawn<Member>());
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i].tell(Next{members[(i + 1) % members.size()]});
  }
  const Stopwatch watch;
  const long left = run(members[0], SendAround{ring_hops});
  const double seconds = watch.seconds();
  must_equal("hops left", 0, left);
  return static_cast<double>(ring_hops) / seconds;
}

// --- spawn ---

struct Greeting {
  AnyRef from;
};
struct Greeted {};
struct SpawnAll {
  using Reply = long;
  long actors = 0;
};

struct SpawnSome {};

class Greeter : public Actor {
 public:
  using Protocol = Accepts<Greeting>;
  void on(Greeting greeting) {
    greeting.from.tell(Greeted{});
    stop();
  }
};

class Spawner : public Actor {
 public:
  using Protocol = Accepts<SpawnAll, SpawnSome, Greeted>;
  Later<long> on(SpawnAll order) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    left_ = order.actors;
    waiting_for_ = order.actors;
    self().tell(SpawnSome{});
    return later;
  }
  void on(SpawnSome) {
    for (long i = 0; i < burst && left_ > 0; ++i, --left_) spawn<Greeter>().tell(Greeting{self()});
    if (left_ > 0) self().tell(SpawnSome{});
  }
  void on(Greeted) {
    ++greeted_;
    if (greeted_ == waiting_for_) done_->set(greeted_);
  }

 private:
  long left_ = 0;
  long waiting_for_ = 0;
  long greeted_ = 0;
  std::optional<ReplyTo<long>> done_;
};

double spawn_and_answer(ActorSystem& system) {
  auto spawner = system.spawn<Spawner>("spawner");
  const Stopwatch watch;
  const long greeted = run(spawner, SpawnAll{spawned});
  const double seconds = watch.seconds();
  must_equal("answers", spawned, greeted);
  return static_cast<double>(spawned) / seconds;
}

// --- idle_bytes ---

long resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + std::strlen("VmRSS:")) * 1024;
  }
  fail("no VmRSS in /proc/self/status");
}

class Idler : public Actor {
 public:
  using Protocol = Accepts<Item, CountTo>;
  void on(Item) { ++count_; }
  long on(CountTo) const { return count_; }

 private:
  long count_ = 0;
};

double idle_bytes(ActorSystem& system) {
  std::vector<ActorRef<Idler::Protocol>> idlers;
  idlers.resize(idle_actors);
  const long before = resident_bytes();
  for (auto& idler : idlers) idler = system.spawn<Idler>();
  const long after = resident_bytes();
  for (const auto& idler : idlers) idler.tell(Item{});
  must_equal("answer of the last", 1, idlers.back().ask(CountTo{}).get().value());
  return static_cast<double>(after - before) / static_cast<double>(idle_actors);
}

// --- skynet ---

struct Sum {
  long value = 0;
};
struct Grow {
  AnyRef parent;
  long first = 0;
  long leaves = 0;
};
struct Skynet {
  using Reply = long;
  long leaves = 0;
};

class SkynetNode : public Actor {
 public:
  using Protocol = Accepts<Grow, Sum>;
  void on(Grow order) {
    parent_ = order.parent;
    if (order.leaves == 1) return finish(order.first);
    const long share = order.leaves / 10;
    for (long i = 0; i < 10; ++i) {
      spawn<SkynetNode>().tell(Grow{self(), order.first + i * share, share});
    }
  }
  void on(Sum sum) {
    sum_ += sum.value;
    if (++summed_ == 10) finish(sum_);
  }

 private:
  void finish(long sum) {
    parent_.tell(Sum{sum});
    stop();
  }

  AnyRef parent_;
  long sum_ = 0;
  int summed_ = 0;
};

class SkynetRoot : public Actor {
 public:
  using Protocol = Accepts<Skynet, Sum>;
  Later<long> on(Skynet order) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    spawn<SkynetNode>().tell(Grow{self(), 0, order.leaves});
    return later;
  }
  void on(Sum sum) { done_->set(sum.value); }

 private:
  std::optional<ReplyTo<long>> done_;
};

double skynet(ActorSystem& system) {
  auto root = system.spawn<SkynetRoot>("root");
  const Stopwatch watch;
  const long sum = run(root, Skynet{skynet_leaves});
  const double seconds = watch.seconds();
  must_equal("sum", skynet_leaves * (skynet_leaves - 1) / 2, sum);
  return seconds;
}

// --- asks ---

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

double figure(const std::string& workload, ActorSystem& system) {
  if (workload == "ping_pong") return ping_pong(system);
  if (workload == "counting") return produce(system, 1, counted_messages);
  if (workload == "fan_in") return produce(system, fan_in_producers, fan_in_messages);
  if (workload == "ring") return ring(system);
  if (workload == "spawn") return spawn_and_answer(system);
  if (workload == "idle_bytes") return idle_bytes(system);
  if (workload == "skynet") return skynet(system);
  if (workload == "ask_sequential") return ask(system, 1);
  if (workload == "ask_concurrent") return ask(system, outstanding);
  fail("no workload is called " + workload);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) fail("usage: bench_troupe WORKLOAD WORKERS");
  troupe::SystemSettings settings;
  settings.workers = static_cast<unsigned>(std::atoi(argv[2]));
  troupe::ActorSystem system("bench", settings);
  std::printf("%.6f\n", figure(argv[1], system));
}
