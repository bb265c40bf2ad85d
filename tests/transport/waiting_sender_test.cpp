// Senders that wait until there is room on a link to another node.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Part {
  int number;
  std::string text;
};
struct SendAll {
  AnyRef to;
  int count;
  std::size_t bytes = 1'000;
};
struct SendThenTell {
  AnyRef to;
};

class Receiver : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Part>;
  explicit Receiver(std::vector<int>* seen) : seen_(seen) {}
  void on(const Part& part) { seen_->push_back(part.number); }

 private:
  std::vector<int>* seen_;
};

const std::string text(1'000, 'x');

class Sender : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<SendAll, SendThenTell>;
  explicit Sender(std::vector<std::string>* outcomes) : outcomes_(outcomes) {}
  troupe::Task<> on(SendAll order) {
    for (int i = 0; i < order.count; ++i) {
      auto sent = send<Part>(order.to, {i, std::string(order.bytes, 'x')});
      const auto outcome = co_await std::move(sent);
      outcomes_->push_back(outcome.ok() ? "sent" : std::string(to_string(outcome.error().code())));
    }
  }
  /// Does not await what it sends.
  void on(SendThenTell order) {
    for (int i = 0; i < 20; i += 2) {
      waits_.push_back(send<Part>(order.to, {i, text}));
      order.to.tell(Part{i + 1, text});
    }
  }

 private:
  std::vector<std::string>* outcomes_;
  std::vector<troupe::Future<void>> waits_;
};

/// Withdraws what has to wait.
class Withdrawer : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<SendAll>;
  Withdrawer(std::vector<int>* withdrawn, std::vector<troupe::Error>* errors)
      : withdrawn_(withdrawn), errors_(errors) {}
  troupe::Task<> on(SendAll order) {
    for (int i = 0; i < order.count; ++i) {
      auto sent = send<Part>(order.to, {i, text});
      if (sent.is_ready()) continue;
      sent.cancel();
      withdrawn_->push_back(i);
      const auto outcome = co_await std::move(sent);
      if (!outcome.ok()) errors_->push_back(outcome.error());
    }
  }

 private:
  std::vector<int>* withdrawn_;
  std::vector<troupe::Error>* errors_;
};

class WaitingSender : public testing::Test {
 protected:
  static troupe::TransportSettings small_outbox() {
    return {.outbox_bytes_max = 64'000, .send_waits_at_bytes = 4'000, .down_after = 2s};
  }
  [[nodiscard]] std::vector<int> first_numbers(int count) const {
    std::vector<int> numbers;
    for (int i = 0; i < count; ++i) numbers.push_back(i);
    return numbers;
  }

  SimulatedNetwork network;
  SimulatedNode& red = network.add("red", small_outbox());
  SimulatedNode& blue = network.add("blue");
  std::vector<int> seen;
  std::vector<std::string> outcomes;
};

TEST_F(WaitingSender, SendsMoreThanTheLinkHoldsAndLosesNothing) {
  blue.spawn<Receiver>("receiver", &seen);
  const AnyRef to = red.select_any(blue.path("/user/receiver"));
  red.spawn<Sender>("sender", &outcomes).tell(SendAll{to, 1'000});

  network.run_for(10ms);
  EXPECT_LT(outcomes.size(), 1'000U);
  network.run_for(5s);

  EXPECT_EQ(outcomes, std::vector<std::string>(1'000, "sent"));
  EXPECT_EQ(seen, first_numbers(1'000));
}

TEST_F(WaitingSender, IsNotRefusedAnyMoreOnceItWaits) {
  blue.spawn<Receiver>("receiver", &seen);
  const AnyRef to = red.select_any(blue.path("/user/receiver"));
  for (int i = 0; i < 40; ++i) red.spawn<Sender>("", &outcomes).tell(SendAll{to, 1});
  network.run_for(0ms);
  red.spawn<Sender>("", &outcomes).tell(SendAll{to, 1, 50'000});  // Now more waits than may.
  network.run_for(0ms);
  red.spawn<Sender>("", &outcomes).tell(SendAll{to, 1});

  network.run_for(5s);

  EXPECT_EQ(std::ranges::count(outcomes, "sent"), 41);
  EXPECT_EQ(std::ranges::count(outcomes, "link_full"), 1);
  EXPECT_EQ(seen.size(), 41U);
}

TEST_F(WaitingSender, IsNotOvertakenByWhatItTellsMeanwhile) {
  blue.spawn<Receiver>("receiver", &seen);
  const AnyRef to = red.select_any(blue.path("/user/receiver"));
  red.spawn<Sender>("sender", &outcomes).tell(SendThenTell{to});

  network.run_for(1s);

  EXPECT_EQ(seen, first_numbers(20));
}

TEST_F(WaitingSender, SendsNothingThatWasWithdrawnAndSaysSo) {
  blue.spawn<Receiver>("receiver", &seen);
  const AnyRef to = red.select_any(blue.path("/user/receiver"));
  std::vector<int> withdrawn;
  std::vector<troupe::Error> errors;

  red.spawn<Withdrawer>("withdrawer", &withdrawn, &errors).tell(SendAll{to, 20});
  network.run_for(5s);

  EXPECT_GT(withdrawn.size(), 0U);
  EXPECT_EQ(seen.size() + withdrawn.size(), 20U);
  for (const int number : withdrawn) EXPECT_EQ(std::ranges::count(seen, number), 0);
  ASSERT_EQ(errors.size(), withdrawn.size());
  for (const troupe::Error& error : errors) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
    EXPECT_TRUE(error.definitely_not_executed());
  }
  const auto link = red.links().front();
  EXPECT_EQ(link.dropped[static_cast<std::size_t>(ErrorCode::link_full)], withdrawn.size());
}

TEST_F(WaitingSender, HearsWhenTheLinkIsLost) {
  blue.spawn<Receiver>("receiver", &seen);
  const AnyRef to = red.select_any(blue.path("/user/receiver"));
  network.partition(red, blue);
  red.spawn<Sender>("sender", &outcomes).tell(SendAll{to, 100});
  network.run_for(1ms);
  EXPECT_EQ(red.links().front().waiting_for_room, 1U);
  network.run_for(2min);

  ASSERT_EQ(outcomes.size(), 100U);
  EXPECT_EQ(outcomes.front(), "sent");  // It was taken, and lost with the link.
  EXPECT_GT(std::ranges::count(outcomes, "node_down"), 0);
  EXPECT_TRUE(seen.empty());
  const auto link = red.links().front();
  EXPECT_EQ(link.waiting_for_room, 0U);
  EXPECT_EQ(link.sent, 100U);
  EXPECT_EQ(std::accumulate(link.dropped.begin(), link.dropped.end(), 0U), 100U);
}

}  // namespace
