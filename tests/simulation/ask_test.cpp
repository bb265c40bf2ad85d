// Asks between nodes, over a network that is cut, healed and broken at random: each has one
// outcome, by its deadline.
#include <gtest/gtest.h>
#include <deque>
#include <troupe/testkit/simulated_network.hpp>

#include "chaos.hpp"
#include "seeds.hpp"

namespace {

using namespace std::chrono_literals;
using simulation::Chaos;
using simulation::for_each_seed;
using troupe::ErrorCode;
using troupe::Future;
using troupe::Result;
using troupe::TimePoint;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Double {
  using Reply = int;
  int number;
};
struct Ask {
  static constexpr bool local_message = true;
  troupe::AnyRef whom;
  int number;
  troupe::Duration timeout;
};

class Calculator : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Double>;
  int on(Double request) { return 2 * request.number; }
};

/// What became of an ask.
struct Outcome {
  TimePoint deadline;
  int times = 0;
};

/// Asks, and notes each outcome with its time.
class Asker : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Ask>;
  Asker(const troupe::Clock* clock, std::deque<Outcome>* outcomes)
      : clock_(clock), outcomes_(outcomes) {}
  troupe::Task<> on(Ask order) {
    const std::size_t place = outcomes_->size();
    outcomes_->push_back({clock_->now() + order.timeout});
    const Result<int> answer = co_await ask(order.whom, Double{order.number}, order.timeout);
    Outcome& outcome = (*outcomes_)[place];
    ++outcome.times;
    EXPECT_LE(clock_->now(), outcome.deadline);
    if (answer.ok()) {
      EXPECT_EQ(*answer, 2 * order.number);
    } else {
      EXPECT_TRUE(answer.error().code() == ErrorCode::timeout ||
                  answer.error().code() == ErrorCode::node_unreachable ||
                  answer.error().code() == ErrorCode::node_down)
          << answer.error().to_string();
    }
  }

 private:
  const troupe::Clock* clock_;
  std::deque<Outcome>* outcomes_;
};

struct Asked {
  Future<int> answer;
  TimePoint deadline;
  int number;
};

TEST(Ask, EndsOnceByItsDeadlineWithItsAnswerOrAnError) {
  for_each_seed(1'000, [](std::uint64_t seed) {
    SimulatedNetwork network({.seed = seed});
    Chaos chaos(network, seed);
    SimulatedNode& red = network.add("red", {.lane_stall_max = 2s, .down_after = 5s});
    SimulatedNode& blue = network.add("blue", {.lane_stall_max = 2s, .down_after = 5s});
    blue.spawn<Calculator>("calculator");
    std::deque<Outcome> outcomes;
    const auto there = red.select<Calculator::Protocol>(blue, "/user/calculator");
    std::vector<Asked> asked;

    for (int i = 0; i < 100; ++i) {
      chaos.strike();
      if (chaos.happens(0.02)) {
        blue.restart();
        blue.spawn<Calculator>("calculator");
      }
      const troupe::Duration timeout = 1ms + chaos.pause(3s);
      asked.push_back({there.ask(Double{i}, timeout), network.now() + timeout, i});
      red.spawn<Asker>("", &network.world().clock(), &outcomes).tell(Ask{there, i, timeout});
      network.run_for(chaos.pause(200ms));
      for (const Asked& one : asked) {
        if (one.deadline <= network.now()) {
          EXPECT_TRUE(one.answer.is_ready()) << one.number;
        }
      }
    }
    chaos.calm();
    network.run_for(10s);

    for (Asked& one : asked) {
      ASSERT_TRUE(one.answer.is_ready()) << one.number;
      const Result<int> answer = one.answer.get();
      if (answer.ok()) {
        EXPECT_EQ(*answer, 2 * one.number);
      }
    }
    EXPECT_EQ(outcomes.size(), asked.size());
    for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.times, 1);
    blue.restart();
    blue.spawn<Calculator>("calculator");
    network.run_for(10s);
    EXPECT_EQ(there.ask(Double{21}, 1s).get(), 42);
  });
}

}  // namespace
