// The order in which a node ends: actors first, links after them, and a report of what was left.
#include <gtest/gtest.h>
#include <string>
#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/simulated_network.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;
using troupe::NodeAddress;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Note {
  int number;
};
struct Begin {
  NodeAddress where;
};
struct Break {
  std::size_t bytes;
};

class Sink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  explicit Sink(std::vector<int>* seen) : seen_(seen) {}
  void on(Note note) { seen_->push_back(note.number); }

 private:
  std::vector<int>* seen_;
};

/// Says goodbye to a peer when it stops.
class Polite : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<>;
  explicit Polite(AnyRef peer) : peer_(peer) {}
  void on_stop() override { peer_.tell(Note{-1}); }

 private:
  AnyRef peer_;
};

class Child : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Break>;
  Child(std::uint64_t counts, std::string) : made_(reinterpret_cast<int*>(counts)) { ++*made_; }
  void on(Break order) { throw std::runtime_error(std::string(order.bytes, 'e')); }

 private:
  int* made_;
};

class Parent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin, Break>;
  Parent(int* made, std::size_t bytes, std::string* outcome)
      : made_(made), bytes_(bytes), outcome_(outcome) {}
  troupe::Task<> on(Begin order) {
    auto child = co_await spawn_on<Child>(order.where, "child",
                                          reinterpret_cast<std::uint64_t>(made_),
                                          std::string(bytes_, 'a'));
    *outcome_ = child ? "placed" : std::string(to_string(child.error().code()));
    if (child) child_ = *child;
  }
  void on(Break order) { child_.tell(order); }

 private:
  int* made_;
  std::size_t bytes_;
  std::string* outcome_;
  troupe::ActorRef<Child::Protocol> child_;
};

class OrderlyEnd : public testing::Test {
 protected:
  std::vector<int> seen;
  int made = 0;
  std::string outcome;
  SimulatedNetwork network;
  SimulatedNode& red = network.add("red");
  SimulatedNode& blue = network.add("blue");
  AnyRef sink = blue.spawn<Sink>("sink", &seen);
  AnyRef there = *red.select_any(blue.path("/user/sink"));
};

TEST_F(OrderlyEnd, LetsActorsTellOthersThatTheyStop) {
  red.spawn<Polite>("polite", there);
  there.tell(Note{1});
  network.run_for(1s);

  const auto report = red.shutdown();
  network.run_for(1s);

  EXPECT_EQ(seen, (std::vector<int>{1, -1}));
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.unsent, 0U);
}

TEST_F(OrderlyEnd, SendsWhatWaitsForALinkThatIsStillOpening) {
  for (int i = 0; i < 200; ++i) there.tell(Note{i});

  const auto report = red.shutdown();
  network.run_for(1s);

  EXPECT_EQ(seen.size(), 200U);
  EXPECT_EQ(report.unsent, 0U);
}

TEST_F(OrderlyEnd, SaysWhatWasLeftUnsent) {
  network.cut(red, blue);
  for (int i = 0; i < 200; ++i) there.tell(Note{i});
  const auto begun = network.now();

  const auto report = red.shutdown();

  EXPECT_EQ(report.unsent, 200U);
  EXPECT_LE(network.now() - begun, troupe::TransportSettings{}.farewell);
}

TEST_F(OrderlyEnd, DoesNotWaitForChildrenOnANodeThatCannotBeReached) {
  blue.offers<Child, std::uint64_t, std::string>("child");
  red.spawn<Parent>("parent", &made, 10U, &outcome).tell(Begin{blue.address()});
  network.run_for(1s);
  ASSERT_EQ(outcome, "placed");
  network.partition(red, blue);

  EXPECT_TRUE(red.shutdown().complete());
}

TEST_F(OrderlyEnd, TellsAParentOfAFailureHoweverLongItsWordsAre) {
  SimulatedNode& small = network.add("small", {.frame_bytes_max = 1'024});
  small.offers<Child, std::uint64_t, std::string>("child");
  const auto parent = red.spawn<Parent>("parent", &made, 10U, &outcome);
  parent.tell(Begin{small.address()});
  network.run_for(1s);
  ASSERT_EQ(made, 1);

  parent.tell(Break{900'000});
  network.run_for(5s);

  EXPECT_EQ(made, 2);  // It was restarted.
}

TEST_F(OrderlyEnd, OfASpawnWhoseArgumentsNoFrameHoldsIsToldWithItsTrueCause) {
  SimulatedNode& small = network.add("small", {.frame_bytes_max = 1'024});
  small.offers<Child, std::uint64_t, std::string>("child");
  red.spawn<Parent>("parent", &made, 5'000U, &outcome).tell(Begin{small.address()});
  SimulatedNode& tiny = network.add("tiny", {.frame_bytes_max = 1'024});
  std::string other;
  tiny.spawn<Parent>("parent", &made, 5'000U, &other).tell(Begin{blue.address()});
  network.run_for(5s);

  EXPECT_EQ(other, "frame_too_large");
  EXPECT_EQ(outcome, "frame_too_large");
}

}  // namespace
