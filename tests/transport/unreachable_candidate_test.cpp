// A candidate for a child that cannot be reached is passed over at once, unless it may have got the
// order: each child is made once.
#include <gtest/gtest.h>
#include <optional>
#include <troupe/actor/remote_child.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;
using troupe::NodeAddress;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;

struct Hire {
  static constexpr bool local_message = true;
  std::vector<NodeAddress> where;
};
struct Note {};

int made = 0;  // Children are made on their node, of what is sent there.

class Worker : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  Worker() { ++made; }
  void on(Note) {}
};

class Boss : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Hire>;
  explicit Boss(std::optional<troupe::Result<std::string>>* hired) : hired_(hired) {}
  troupe::Task<> on(Hire order) {
    const auto worker = co_await spawn_on<Worker>(order.where, "worker");
    if (worker.ok()) {
      *hired_ = "hired";
    } else {
      *hired_ = worker.error();
    }
  }

 private:
  std::optional<troupe::Result<std::string>>* hired_;
};

class UnreachableCandidate : public testing::Test {
 protected:
  void SetUp() override {
    made = 0;
    for (SimulatedNode* node : {&first, &second}) node->offers<Worker>("worker");
  }
  void hire(std::vector<NodeAddress> where) {
    hired.reset();
    boss.tell(Hire{std::move(where)});
  }
  [[nodiscard]] bool is_hired() const { return hired && hired->ok(); }

  std::optional<troupe::Result<std::string>> hired;
  SimulatedNetwork network;
  SimulatedNode& home = network.add("home");
  SimulatedNode& first = network.add("first");
  SimulatedNode& second = network.add("second");
  troupe::ActorRef<Boss::Protocol> boss = home.spawn<Boss>("boss", &hired);
};

TEST_F(UnreachableCandidate, IsPassedOverAtOnceAndNamedWithTheCause) {
  first.crash();

  for (int i = 1; i <= 3; ++i) {  // It is not known at first that it cannot be reached.
    hire({first.address(), second.address()});

    EXPECT_TRUE(network.run_until([&] { return is_hired(); }, 100ms));
    EXPECT_EQ(made, i);
  }
  for (const auto& line : home.log().lines_with("was not placed on")) {
    EXPECT_NE(line.text.find(first.address().to_string()), std::string::npos) << line.text;
    EXPECT_NE(line.text.find("node_unreachable: the order was not sent: "), std::string::npos)
        << line.text;
    EXPECT_NE(line.text.find("the connection was refused"), std::string::npos) << line.text;
  }
  EXPECT_EQ(home.log().lines_with("was not placed on").size(), 3U);
}

TEST_F(UnreachableCandidate, ThatIsTheLastIsWaitedFor) {
  first.crash();
  hire({first.address()});
  network.run_for(5s);
  EXPECT_FALSE(hired.has_value());

  first.restart();
  first.offers<Worker>("worker");

  EXPECT_TRUE(network.run_until([&] { return is_hired(); }, 6s));
  EXPECT_EQ(made, 1);
}

TEST_F(UnreachableCandidate, ThatIsTheLastIsNamedWithTheCauseOnceItIsDown) {
  first.crash();
  hire({first.address()});

  EXPECT_TRUE(network.run_until([&] { return hired.has_value(); }, 12s));
  ASSERT_FALSE(hired->ok());
  EXPECT_EQ(hired->error().code(), ErrorCode::node_down);
  EXPECT_NE(hired->error().context().find(first.address().to_string() +
                                          ", is lost: it was unreachable for down_after"),
            std::string::npos)
      << hired->error().to_string();
}

TEST_F(UnreachableCandidate, ThatMayHaveGotTheOrderIsWaitedFor) {
  hire({first.address(), second.address()});
  EXPECT_TRUE(network.run_until([&] { return is_hired(); }, 1s));
  network.cut(home, first);
  hire({first.address(), second.address()});
  hire({first.address(), second.address()});
  network.run_for(8s);
  EXPECT_NE(home.links().front().state, "open");
  EXPECT_FALSE(is_hired());

  network.heal();

  EXPECT_TRUE(network.run_until([&] { return is_hired(); }, 6s));
  network.run_for(20s);
  EXPECT_EQ(made, 3);
}

TEST_F(UnreachableCandidate, ThatIsLostAfterItMayHaveGotTheOrderHasTheChildNoMore) {
  hire({first.address(), second.address()});
  EXPECT_TRUE(network.run_until([&] { return is_hired(); }, 1s));
  network.cut(first, home);  // The order arrives, and no answer.
  hire({first.address(), second.address()});

  EXPECT_TRUE(network.run_until([&] { return is_hired(); }, 30s));
  network.heal();
  network.run_for(10s);
  EXPECT_FALSE(first.system().try_find_any("/remote/worker-1").ok());
  EXPECT_FALSE(first.system().try_find_any("/remote/worker-2").ok());
  EXPECT_TRUE(second.system().try_find_any("/remote/worker-1").ok());
}

}  // namespace
