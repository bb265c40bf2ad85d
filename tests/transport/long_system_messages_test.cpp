// System messages that no frame may hold, here or at the peer: they are cut to fit, or refused with
// the true cause, and nobody waits for them for ever.
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

struct Begin {
  NodeAddress where;
};
struct Break {
  std::size_t bytes;
};
struct WatchIt {
  AnyRef whom;
};

/// Fails with long words: in its first life at once, if it is brittle.
class Child : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Break>;
  Child(std::uint64_t counts, bool is_brittle, std::string)
      : made_(reinterpret_cast<int*>(counts)), is_brittle_(is_brittle) {
    ++*made_;
  }
  void on_start() {
    if (is_brittle_) on(Break{900'000});
  }
  void on(Break order) { throw std::runtime_error(std::string(order.bytes, 'e')); }

 private:
  int* made_;
  bool is_brittle_;
};

class Parent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Begin, Break, WatchIt>;
  Parent(int* made, bool is_brittle, std::size_t bytes, std::string* outcome)
      : made_(made), is_brittle_(is_brittle), bytes_(bytes), outcome_(outcome) {}
  troupe::Task<> on(Begin order) {
    auto child =
        co_await spawn_on<Child>(order.where, "child", reinterpret_cast<std::uint64_t>(made_),
                                 is_brittle_, std::string(bytes_, 'a'));
    *outcome_ = child ? "placed" : std::string(to_string(child.error().code()));
    if (child) child_ = *child;
  }
  void on(Break order) { child_.tell(order); }
  void on(WatchIt order) { watch(order.whom); }
  void on(const troupe::Terminated& gone) { *outcome_ = to_string(gone.reason); }

 private:
  int* made_;
  bool is_brittle_;
  std::size_t bytes_;
  std::string* outcome_;
  troupe::ActorRef<Child::Protocol> child_;
};

class LongSystemMessages : public testing::Test {
 protected:
  int made = 0;
  std::string outcome;
  SimulatedNetwork network;
  SimulatedNode& red = network.add("red");
  SimulatedNode& small = network.add("small", {.frame_bytes_max = 1'024});
};

TEST_F(LongSystemMessages, OfAFailureAreCutForTheirSendersNode) {
  small.offers<Child, std::uint64_t, bool, std::string>("child");
  const auto parent = red.spawn<Parent>("parent", &made, false, 10U, &outcome);
  parent.tell(Begin{small.address()});
  network.run_for(1s);
  ASSERT_EQ(made, 1);

  parent.tell(Break{900'000});
  network.run_for(5s);

  EXPECT_EQ(made, 2);  // It was restarted.
}

TEST_F(LongSystemMessages, OfAFailureAreCutForThePeer) {
  red.offers<Child, std::uint64_t, bool, std::string>("child");
  const auto parent = small.spawn<Parent>("parent", &made, false, 10U, &outcome);
  parent.tell(Begin{red.address()});
  network.run_for(1s);
  ASSERT_EQ(made, 1);

  parent.tell(Break{900'000});
  network.run_for(5s);

  EXPECT_EQ(made, 2);
}

TEST_F(LongSystemMessages, ThatWereSaidBeforeThePeersLimitWasKnownAreCutOnceItIs) {
  red.offers<Child, std::uint64_t, bool, std::string>("child");
  small.spawn<Parent>("parent", &made, true, 10U, &outcome).tell(Begin{red.address()});
  network.run_for(40s);

  // No instance had an on_start that succeeded, so each has one: as often as it may be restarted.
  EXPECT_EQ(made, 4);
  EXPECT_EQ(red.links().front().state, "open");
}

TEST_F(LongSystemMessages, OfASpawnAreRefusedWithTheirTrueCause) {
  small.offers<Child, std::uint64_t, bool, std::string>("child");
  red.offers<Child, std::uint64_t, bool, std::string>("child");
  std::string other;

  red.spawn<Parent>("parent", &made, false, 5'000U, &outcome).tell(Begin{small.address()});
  small.spawn<Parent>("parent", &made, false, 5'000U, &other).tell(Begin{red.address()});
  network.run_for(5s);

  EXPECT_EQ(other, "frame_too_large");
  EXPECT_EQ(outcome, "frame_too_large");
}

TEST_F(LongSystemMessages, OfAWatchEndIt) {
  const std::string path = "/user/" + std::string(250, 'a') + "/" + std::string(250, 'b') + "/" +
                           std::string(250, 'c') + "/" + std::string(250, 'd') + "/" +
                           std::string(250, 'e');
  const auto watcher = red.spawn<Parent>("watcher", &made, false, 0U, &outcome);

  watcher.tell(WatchIt{red.select_any(small.path(path))});
  network.run_for(40s);

  EXPECT_EQ(outcome, "no_such_actor");
  EXPECT_EQ(red.links().front().state, "open");
}

}  // namespace
