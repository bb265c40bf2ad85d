// Tests of what a node hears that another has declared down, and of how an ordinary end is logged.
#include <string>
#include <troupe/testkit/simulated_network.hpp>
#include <utility>
#include <vector>

#include "nodes_fixture.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;
using observers::Note;
using observers::NoteSink;

class DeclaredDownListener : public Actor {
 public:
  using Protocol = Accepts<DeclaredDown>;
  explicit DeclaredDownListener(std::vector<DeclaredDown>* heard) : heard_(heard) {}
  void on(const DeclaredDown& event) { heard_->push_back(event); }

 private:
  std::vector<DeclaredDown>* heard_;
};

class DeclaredDownTest : public NodesFixture {
 protected:
  DeclaredDownTest() {
    hub.system.spawn<NoteSink>("sink", &got);
    red->system.events().subscribe<DeclaredDown>(
        red->system.spawn<DeclaredDownListener>("listener", &heard));
    to_hub(1);
    world->run_for(1s);
  }
  void to_hub(int number) { red->select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{number}); }
  [[nodiscard]] static std::size_t lines(SimulatedNode& node, LogLevel level,
                                         std::string_view text) {
    std::size_t count = 0;
    for (const auto& line : node.log->lines_with(text)) count += line.level == level ? 1 : 0;
    return count;
  }

  std::vector<int> got;
  std::vector<DeclaredDown> heard;
  SimulatedNode hub{network, 1, {"hub", "10.0.0.1", 7001}};
  std::unique_ptr<SimulatedNode> red =
      std::make_unique<SimulatedNode>(network, 7, NodeAddress{"red", "10.0.0.2", 7001});
};

TEST_F(DeclaredDownTest, ANodeHearsWhoHasDeclaredItDownAndWhatToDoOnce) {
  ASSERT_EQ(got, std::vector{1});
  hub.transport.declare_down(red->transport.self().address, 7);
  world->run_for(1s);
  for (int i = 0; i < 10; ++i) {
    to_hub(2);
    world->run_for(10s);
  }

  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].by, hub.transport.self().address);
  EXPECT_EQ(heard[0].incarnation, 1U);
  EXPECT_NE(heard[0].reason.find("has declared your node, red@10.0.0.2:7001#7, down"),
            std::string::npos);
  EXPECT_EQ(lines(*red, LogLevel::error, "takes nothing from this node any more"), 1U);
  EXPECT_EQ(got, std::vector{1});
}

TEST_F(DeclaredDownTest, ANodeThatLeavesInOrderIsNoWarning) {
  red->transport.say_goodbye();
  world->run_for(10ms);
  red.reset();
  world->run_for(30s);

  EXPECT_EQ(lines(hub, LogLevel::info, "red@10.0.0.2:7001#7: it has left: "), 1U);
  EXPECT_EQ(lines(hub, LogLevel::warn, ""), 0U);
  EXPECT_TRUE(heard.empty());
}

struct Ping {
  using Reply = int;
};
class Echo : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  int on(Ping) { return 1; }
};

TEST(DeclaredDownByBoth, EachHearsOfTheOtherOnceWhenTheyMeetAgain) {
  testkit::SimulatedNetwork network({.seed = 1});
  auto& red = network.add("red", {.down_is_final = true});
  auto& blue = network.add("blue", {.down_is_final = true});
  std::vector<DeclaredDown> heard_by_red;
  std::vector<DeclaredDown> heard_by_blue;
  for (auto [node, heard] : {std::pair(&red, &heard_by_red), std::pair(&blue, &heard_by_blue)}) {
    node->spawn<Echo>("echo");
    node->system().events().subscribe<DeclaredDown>(
        node->spawn<DeclaredDownListener>("listener", heard));
  }
  const auto to_blue = red.select<Echo::Protocol>(blue, "/user/echo");
  const auto to_red = blue.select<Echo::Protocol>(red, "/user/echo");
  ASSERT_TRUE(to_blue.ask(Ping{}, 1s).get().ok());
  ASSERT_TRUE(to_red.ask(Ping{}, 1s).get().ok());

  network.partition(red, blue);
  network.run_for(20s);
  network.heal();
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(to_blue.ask(Ping{}, 1s).get().ok());
    EXPECT_FALSE(to_red.ask(Ping{}, 1s).get().ok());
    network.run_for(10s);
  }

  ASSERT_EQ(heard_by_red.size(), 1U);
  EXPECT_EQ(heard_by_red[0].by, blue.address());
  ASSERT_EQ(heard_by_blue.size(), 1U);
  EXPECT_EQ(heard_by_blue[0].by, red.address());
}

}  // namespace
}  // namespace troupe::transport
