// What a life that has left was to hold is no business of the one that follows it.
#include <memory>
#include <vector>

#include "nodes_fixture.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;
using observers::Note;
using observers::NoteSink;

struct Pause {
  using Reply = int;
};

/// Answers nobody.
class Silent : public Actor {
 public:
  using Protocol = Accepts<Pause>;
  Later<int> on(Pause) {
    auto [reply, later] = defer<int>();
    kept_.push_back(std::move(reply));
    return later;
  }

 private:
  std::vector<ReplyTo<int>> kept_;
};

/// Takes its time for each note.
class Slow : public Actor {
 public:
  using Protocol = Accepts<Note>;
  explicit Slow(Duration pause) : pause_(pause), silent_(spawn<Silent>("silent")) {}
  Task<> on(Note /*note*/) { static_cast<void>(co_await ask(silent_, Pause{}, pause_)); }

 private:
  Duration pause_;
  ActorRef<Silent::Protocol> silent_;
};

class FormerHolds : public NodesFixture {
 protected:
  FormerHolds() { hub.hide(); }  // Red has its session on the connection that hub has dialled.
  ~FormerHolds() override { end_red(); }
  void end_red() {
    hub.also_at("10.0.0.1:7001");  // So that it hears of the end.
    red.reset();
    hub.hide();
  }
  void start_red(std::uint64_t incarnation) {
    end_red();
    red =
        std::make_unique<SimulatedNode>(network, incarnation, NodeAddress{"red", "10.0.0.2", 7001});
    red->system.spawn<NoteSink>("sink", &got);
    hub.select<NoteSink::Protocol>(*red, "/user/sink").tell(Note{1});
    world->run_for(100ms);
  }
  void fill(std::string_view path) {
    const auto target = red->select<Slow::Protocol>(hub, path);
    for (int i = 0; i < 20; ++i) target.tell(Note{i});
  }

  std::vector<int> got;
  SimulatedNode hub{network, 1, {"hub", "10.0.0.1", 7001}, {.unhandled_messages_max = 10}};
  std::unique_ptr<SimulatedNode> red;
};

TEST_F(FormerHolds, AreNotToldToTheLifeThatFollows) {
  hub.system.spawn<Slow>("slow", 50ms);
  for (const std::string_view name : {"slower", "slowest"}) hub.system.spawn<Slow>(name, 1h);
  start_red(7);
  for (const std::string_view path : {"/user/slowest", "/user/slow", "/user/slower"}) fill(path);
  world->run_for(100ms);
  ASSERT_GE(red->transport.counts().holds_received, 2U);
  ASSERT_GE(hub.transport.counts().held_targets, 2U);

  red->transport.say_goodbye();
  world->run_for(10ms);
  start_red(8);
  ASSERT_EQ(got, (std::vector{1, 1}));
  world->run_for(3s);

  EXPECT_EQ(red->transport.counts().holds_received, 0U);
  EXPECT_EQ(hub.transport.counts().held_targets, 0U);
}

}  // namespace
}  // namespace troupe::transport
