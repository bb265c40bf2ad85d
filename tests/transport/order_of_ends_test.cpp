// Ends come after everything that was sent before them, also what waits for room on its link.
#include <gtest/gtest.h>
#include <string>
#include <troupe/testkit/simulated_network.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Part {
  int number;
  std::string text;
};
struct WatchIt {
  AnyRef whom;
};
/// Sends so many parts, waiting for room or not, and then ends itself or drains the receiver.
struct Send {
  AnyRef to;
  int count;
  bool waits;
  bool drains;
};

class Receiver : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Part, WatchIt>;
  explicit Receiver(std::vector<std::string>* seen) : seen_(seen) {}
  void on(const Part& part) { seen_->push_back(std::to_string(part.number)); }
  void on(WatchIt order) { watch(order.whom); }
  void on(const troupe::Terminated&) { seen_->push_back("terminated"); }
  void on_stop() override { seen_->push_back("stopped"); }

 private:
  std::vector<std::string>* seen_;
};

class Sender : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Send>;
  void on(Send order) {
    for (int i = 0; i < order.count; ++i) {
      Part part{i, std::string(1'000, 'x')};
      if (order.waits) {
        waits_.push_back(send(order.to, std::move(part)));
      } else {
        order.to.tell(std::move(part));
      }
    }
    if (order.drains) return drain(order.to);
    stop();
  }

 private:
  std::vector<troupe::Future<void>> waits_;
};

class OrderOfEnds : public testing::TestWithParam<bool> {
 protected:
  static constexpr int count = 50;

  [[nodiscard]] static std::vector<std::string> all_then(const std::string& end) {
    std::vector<std::string> expected;
    for (int i = 0; i < count; ++i) expected.push_back(std::to_string(i));
    expected.push_back(end);
    return expected;
  }

  std::vector<std::string> seen;
  SimulatedNetwork network;
  SimulatedNode& red =
      network.add("red", {.outbox_bytes_max = 640'000, .send_waits_at_bytes = 4'000});
  SimulatedNode& blue = network.add("blue");
  AnyRef receiver = blue.spawn<Receiver>("receiver", &seen);
  troupe::ActorRef<Sender::Protocol> sender = red.spawn<Sender>("sender");
  AnyRef there = *red.select_any(blue.path("/user/receiver"));
};

TEST_P(OrderOfEnds, TerminatedComesAfterWhatTheEndedActorSent) {
  receiver.tell(WatchIt{*blue.select_any(red.path("/user/sender"))});
  network.run_for(50ms);

  sender.tell(Send{there, count, GetParam(), false});
  network.run_for(2s);

  EXPECT_EQ(seen, all_then("terminated"));
}

TEST_P(OrderOfEnds, ADrainComesAfterWhatWasSentBefore) {
  sender.tell(Send{there, count, GetParam(), true});
  network.run_for(2s);

  EXPECT_EQ(seen, all_then("stopped"));
}

TEST_P(OrderOfEnds, AnEndThatWaitsIsToldThoughTheMessagesBeforeItAreLost) {
  receiver.tell(WatchIt{*blue.select_any(red.path("/user/sender"))});
  network.run_for(50ms);

  sender.tell(Send{there, count, GetParam(), false});
  network.run_for(0ms);
  network.partition(red, blue);
  network.run_for(6s);
  network.heal();
  network.run_for(5s);

  EXPECT_EQ(std::ranges::count(seen, "terminated"), 1);
  EXPECT_EQ(seen.back(), "terminated");
}

INSTANTIATE_TEST_SUITE_P(WaitingForRoomOrNot, OrderOfEnds, testing::Bool());

}  // namespace
