// Nodes whose frames may be as short as settings allow: many messages share them all the same.
#include <gtest/gtest.h>

#include <string>
#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::testkit::Probe;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Part {
  int number;
  std::string text;
};
struct SpawnWith {
  std::size_t bytes;
};

class Receiver : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Part>;
  explicit Receiver(std::vector<int>* seen) : seen_(seen) {}
  void on(const Part& part) { seen_->push_back(part.number); }

 private:
  std::vector<int>* seen_;
};

class Child : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Part>;
  explicit Child(std::string) {}
  void on(const Part&) {}
};

/// Tells the probe how many bytes it could hand to a child there, or why it could not.
class Parent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<SpawnWith>;
  Parent(troupe::NodeAddress there, AnyRef probe) : there_(std::move(there)), probe_(probe) {}
  troupe::Task<> on(SpawnWith order) {
    auto spawning = spawn_on<Child>(there_, "child", std::string(order.bytes, 'x'));
    const auto child = co_await std::move(spawning);
    probe_.tell(Part{static_cast<int>(order.bytes), child.ok() ? "placed" : "not placed"});
  }

 private:
  troupe::NodeAddress there_;
  AnyRef probe_;
};

class SmallFrames : public testing::Test {
 protected:
  static constexpr std::size_t frame_bytes = 1'024;

  SimulatedNetwork network;
  SimulatedNode& red = network.add("red", {.frame_bytes_max = frame_bytes});
  SimulatedNode& blue = network.add("blue", {.frame_bytes_max = frame_bytes});
};

TEST_F(SmallFrames, HoldBatchesOfMessages) {
  std::vector<int> seen;
  blue.spawn<Receiver>("receiver", &seen);
  const AnyRef to = red.select_any(blue.path("/user/receiver"));

  for (int i = 0; i < 200; ++i) {
    to.tell(Part{i, std::string(static_cast<std::size_t>(i % 20) * 45, 'x')});
  }
  network.run_for(1s);

  ASSERT_EQ(seen.size(), 200U);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(blue.link_counts().refused(ErrorCode::frame_too_large), 0U);
}

TEST_F(SmallFrames, HoldBatchesOfWatches) {
  Probe probe(red.system(), "probe");
  std::vector<int> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "receiver-" + std::to_string(i);
    blue.spawn<Receiver>(name, &seen);
    probe.watch(red.select_any(blue.path("/user/" + name)));
  }
  network.run_for(1s);
  blue.crash();
  network.run_for(1min);

  EXPECT_EQ(probe.waiting(), 200U);
  EXPECT_EQ(red.link_counts().refused(ErrorCode::frame_too_large), 0U);
}

TEST_F(SmallFrames, RefuseASystemMessageThatNoneCanHoldAndNoOther) {
  blue.offers<Child, std::string>("child");
  Probe probe(red.system(), "probe");
  const auto parent = red.spawn<Parent>("parent", blue.address(), probe.any_ref());

  for (const std::size_t bytes : {100U, 5'000U, 200U}) parent.tell(SpawnWith{bytes});
  network.run_for(1min);

  std::vector<std::string> outcomes;
  while (probe.waiting() > 0) {
    const Part part = probe.expect<Part>();
    outcomes.push_back(std::to_string(part.number) + " " + part.text);
  }
  EXPECT_EQ(outcomes, (std::vector<std::string>{"100 placed", "5000 not placed", "200 placed"}));
}

}  // namespace
