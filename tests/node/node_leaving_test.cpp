// How a node that is a member goes, whoever shuts it down.
#include <gtest/gtest.h>
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <troupe/actor/actor.hpp>
#include <troupe/node/former_members.hpp>
#include <troupe/node/node.hpp>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

/// In which order the steps were done, from 1; 0 for not yet.
struct Steps {
  std::atomic<int> done{0};
  std::atomic<int> handed_over{0};
  std::atomic<int> actor_stopped{0};
};

class Worker : public Actor {
 public:
  using Protocol = Accepts<>;
  explicit Worker(Steps* steps) : steps_(steps) {}
  void on_stop() override { steps_->actor_stopped = ++steps_->done; }

 private:
  Steps* steps_;
};

struct Ping {
  using Reply = int;
};
class Echo : public Actor {
 public:
  using Protocol = Accepts<Ping>;
  [[nodiscard]] int on(Ping /*ping*/) const { return 1; }
};

struct EndIt {
  static constexpr bool local_message = true;
  std::function<void()> end;
};
class Ender : public Actor {
 public:
  using Protocol = Accepts<EndIt>;
  void on(const EndIt& order) { order.end(); }
};

/// Where nobody listens: those who listened there last were told the ports by the system.
std::vector<std::string> free_places() {
  const Node first({.name = "first", .listen = "127.0.0.1:0"});
  const Node second({.name = "second", .listen = "127.0.0.1:0"});
  std::vector<std::string> places;
  for (const Node* node : {&first, &second}) {
    places.push_back("127.0.0.1:" + std::to_string(node->address().port));
  }
  return places;
}

/// Two members: this one sees the other go.
class NodeLeaving : public testing::Test {
 protected:
  NodeLeaving() {
    auto cluster = ClusterSettings::local();
    cluster.seeds = {"here@" + places_[0], "leaver@" + places_[1]};
    const auto settings = [&](const std::string& name, const std::string& place) {
      NodeSettings made{.name = name, .listen = place, .cluster = cluster};
      made.system.workers = 2;
      made.system.shutdown_timeout = 3s;
      return made;
    };
    here_ = std::make_unique<Node>(settings("here", places_[0]));
    leaver_ = std::make_unique<Node>(settings("leaver", places_[1]));
    for (Node* node : {here_.get(), leaver_.get()}) {
      eventually(node->system(), [&] { return node->cluster().may_own(); }, 30s);
    }
    leaver_->spawn<Worker>("worker", &steps_);
    here_->spawn<Echo>("keeper");
    leaver_->cluster().before_leaving("hook", [this](TimePoint) { return hand_over(); }).value();
  }

  /// As it is written where it may wait: piece by piece, each once the one before is taken over.
  [[nodiscard]] Future<void> hand_over() {
    const auto keeper = leaver_->select<Echo>("troupe://here@" + places_[0] + "/user/keeper");
    for (int piece = 0; piece < 50; ++piece) {
      if (auto taken = keeper.ask(Ping{}, 10s).get(); !taken.ok()) {
        return Future<void>::ready(std::move(taken).error());
      }
    }
    steps_.handed_over = ++steps_.done;
    return Future<void>::ready({});
  }

  /// Has `call` shut the other one down by whatever thread it likes.
  void expect_an_orderly_end(
      const std::function<void(const std::function<void()>& shut_down)>& call) {
    testkit::Probe events(here_->system(), "events");
    here_->events().subscribe<MemberRemoved>(events.ref<Accepts<MemberRemoved>>());
    std::atomic<bool> is_over{false};
    call([&] {
      refusal_ = leaver_->shutdown().refusal;
      is_over = true;
    });
    eventually(here_->system(), [&] { return is_over.load(); }, 30s);

    EXPECT_EQ(refusal_, "");
    EXPECT_EQ(steps_.handed_over, 1);
    EXPECT_EQ(steps_.actor_stopped, 2);
    EXPECT_TRUE(events.expect<MemberRemoved>(10s).has_left);
    const LeaveReport report = leaver_->cluster().leave().get().value();
    EXPECT_TRUE(report.was_told);
    EXPECT_TRUE(report.not_handed_over.empty());
  }

  std::vector<std::string> places_ = free_places();
  Steps steps_;
  std::string refusal_;
  std::unique_ptr<Node> here_;
  std::unique_ptr<Node> leaver_;
};

TEST_F(NodeLeaving, HandsOverBeforeItsActorsEndWhereAThreadShutsItDown) {
  expect_an_orderly_end([](const auto& shut_down) { shut_down(); });
}

TEST_F(NodeLeaving, HandsOverBeforeItsActorsEndWhereAThenShutsItDown) {
  const auto echo = here_->spawn<Echo>("echo");
  expect_an_orderly_end([&](const auto& shut_down) {
    const auto told = echo.ask(Ping{}, 10s).then([shut_down](Result<int>) { shut_down(); });
    eventually(here_->system(), [&] { return told.is_ready(); }, 30s);
  });
}

/// The handler holds up itself alone, until the time is over.
TEST_F(NodeLeaving, HandsOverBeforeItsActorsEndWhereAHandlerShutsItDown) {
  const auto ender = leaver_->spawn<Ender>("ender");
  expect_an_orderly_end([&](const auto& shut_down) { ender.tell(EndIt{shut_down}); });
}

TEST_F(NodeLeaving, LeavesWhatWasItsOwnToTheOthersOnceItIsRemoved) {
  FormerMembers former;
  former.set_cluster(&here_->cluster());
  const std::uint64_t incarnation = leaver_->incarnation();
  EXPECT_FALSE(former.has(incarnation));

  static_cast<void>(leaver_->shutdown());
  eventually(here_->system(), [&] { return former.has(incarnation); }, 30s);
  EXPECT_TRUE(former.has(incarnation));
  EXPECT_FALSE(former.has(incarnation + 1)) << "who was never a member is not known";

  former.set_cluster(nullptr);
  EXPECT_FALSE(former.has(incarnation));
}

}  // namespace
}  // namespace troupe
