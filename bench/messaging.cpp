// The workloads of messages between actors that live: ping_pong, counting, fan_in and ring.

#include <chrono>
#include <cstddef>
#include <optional>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

using namespace troupe;

constexpr long round_trips = 5'000'000;
constexpr long counted_messages = 5'000'000;
constexpr long fan_in_producers = 8;
constexpr long fan_in_messages = 1'000'000;
constexpr long ring_members = 1'000;
constexpr long ring_hops = 5'000'000;

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

}  // namespace

double ping_pong(ActorSystem& system) {
  auto pong = system.spawn<Player>("pong");
  auto ping = system.spawn<Player>("ping");
  const Stopwatch watch;
  const long hits = run(ping, Play{pong, round_trips});
  const double seconds = watch.seconds();
  must_equal("hits", round_trips, hits);
  return static_cast<double>(2 * round_trips) / seconds;
}

double counting(ActorSystem& system) { return produce(system, 1, counted_messages); }

double fan_in(ActorSystem& system) { return produce(system, fan_in_producers, fan_in_messages); }

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

}  // namespace bench
