// Ends come after everything that was sent before them, also what waits for room on its link.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

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
        waits_.push_back(send(order.to, troupe::moved(part)));
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
  AnyRef there = red.select_any(blue.path("/user/receiver"));
};

TEST_P(OrderOfEnds, TerminatedComesAfterWhatTheEndedActorSent) {
  receiver.tell(WatchIt{blue.select_any(red.path("/user/sender"))});
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
  receiver.tell(WatchIt{blue.select_any(red.path("/user/sender"))});
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

struct Pause {
  using Reply = int;
};

/// Answers nobody.
class Silent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Pause>;
  troupe::Later<int> on(Pause) {
    auto [reply, later] = defer<int>();
    kept_.push_back(std::move(reply));
    return later;
  }

 private:
  std::vector<troupe::ReplyTo<int>> kept_;
};

/// Takes 10 ms for each part.
class SlowReceiver : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Part, WatchIt>;
  explicit SlowReceiver(std::vector<std::string>* seen) : seen_(seen) {}
  void on_start() { silent_ = spawn<Silent>("silent"); }
  troupe::Task<> on(Part part) {
    static_cast<void>(co_await ask(silent_, Pause{}, 10ms));
    seen_->push_back(std::to_string(part.number));
  }
  void on(WatchIt order) { watch(order.whom); }
  void on(const troupe::Terminated&) { seen_->push_back("terminated"); }
  void on_stop() override { seen_->push_back("stopped"); }

 private:
  std::vector<std::string>* seen_;
  troupe::ActorRef<Silent::Protocol> silent_;
};

struct Place {
  troupe::NodeAddress where;
  AnyRef receiver;
};

/// Has a sender on another node, and tells its end to the receiver's journal.
class Boss : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Place, Send>;
  explicit Boss(std::vector<std::string>* seen) : seen_(seen) {}
  troupe::Task<> on(Place order) {
    sender_ = (co_await spawn_on<Sender>(order.where, "sender")).value();
    watch(sender_);
  }
  void on(const Send& order) { sender_.tell(order); }
  void on(const troupe::Terminated&) { seen_->push_back("terminated"); }

 private:
  std::vector<std::string>* seen_;
  troupe::ActorRef<Sender::Protocol> sender_;
};

/// Most of what is sent here is parked, as its target is held.
class OrderOfEndsBehindParked : public testing::Test {
 protected:
  static constexpr int count = 300;

  void wait_until_parked() {
    ASSERT_TRUE(network.run_until(
        [&] { return !red.links().empty() && red.links()[0].waiting_for_room > 50; }, 2s));
  }

  std::vector<std::string> seen;
  std::vector<std::string> others;
  SimulatedNetwork network;
  SimulatedNode& red = network.add("red", {.send_waits_at_bytes = 4'000});
  SimulatedNode& blue =
      network.add("blue", {.unhandled_bytes_max = 50'000, .unhandled_messages_max = 1'000});
  AnyRef receiver = blue.spawn<SlowReceiver>("receiver", &seen);
  troupe::ActorRef<Sender::Protocol> sender = red.spawn<Sender>("sender");
  AnyRef there = red.select_any(blue.path("/user/receiver"));
};

TEST_F(OrderOfEndsBehindParked, TerminatedComesAfterIt) {
  receiver.tell(WatchIt{blue.select_any(red.path("/user/sender"))});
  network.run_for(50ms);

  sender.tell(Send{there, count, true, false});
  wait_until_parked();
  network.run_for(20s);

  ASSERT_EQ(seen.size(), count + 1U);
  EXPECT_EQ(seen.back(), "terminated");
}

TEST_F(OrderOfEndsBehindParked, ADrainComesAfterIt) {
  sender.tell(Send{there, count, true, true});
  wait_until_parked();
  network.run_for(20s);

  ASSERT_EQ(seen.size(), count + 1U);
  EXPECT_EQ(seen.back(), "stopped");
}

TEST_F(OrderOfEndsBehindParked, TheEndOfAChildOfAnotherNodesComesAfterIt) {
  red.offers<Sender>("sender");
  const auto boss = blue.spawn<Boss>("boss", &seen);
  boss.tell(Place{red.address(), receiver});
  network.run_for(100ms);

  boss.tell(Send{receiver, count, true, false});
  wait_until_parked();
  network.run_for(20s);

  EXPECT_EQ(std::ranges::count(seen, "terminated"), 1);
  // What was parked had left by then; it may wait in the receiver's mailbox.
  const auto end = std::ranges::find(seen, "terminated");
  EXPECT_GT(end - seen.begin(), count / 2);
  EXPECT_EQ(seen.size(), count + 1U);
}

TEST_F(OrderOfEndsBehindParked, OtherEndsDoNotWaitForIt) {
  const AnyRef watcher = blue.spawn<Receiver>("watcher", &others);
  const AnyRef bystander = red.spawn<Receiver>("bystander", &others);
  watcher.tell(WatchIt{blue.select_any(red.path("/user/bystander"))});
  network.run_for(50ms);

  sender.tell(Send{there, count, true, true});
  wait_until_parked();
  red.system().stop(bystander);
  network.run_for(50ms);

  EXPECT_EQ(others, (std::vector<std::string>{"stopped", "terminated"}));
  EXPECT_LT(seen.size(), 100U);
}

TEST_F(OrderOfEndsBehindParked, AnEndIsToldThoughItIsLost) {
  receiver.tell(WatchIt{blue.select_any(red.path("/user/sender"))});
  network.run_for(50ms);

  sender.tell(Send{there, count, true, false});
  wait_until_parked();
  network.partition(red, blue);
  network.run_for(6s);
  network.heal();
  network.run_for(20s);

  EXPECT_EQ(std::ranges::count(seen, "terminated"), 1);
  EXPECT_EQ(seen.back(), "terminated");
}

}  // namespace
