// Answers to a client that nobody can dial, and that is gone when they come: each is in the books
// of the node that answers once, with the reason.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>

#include "nodes_fixture.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

struct Question {
  using Reply = int;
  std::int64_t milliseconds = 0;
};

/// Answers when the time is over.
class Clerk : public Actor {
 public:
  using Protocol = Accepts<Question>;
  Task<int, reentrant> on(Question question) {
    co_await sleep(std::chrono::milliseconds(question.milliseconds));
    co_return 1;
  }
};

class LostAnswer : public NodesFixture {
 protected:
  LostAnswer() {
    server.system.spawn<Clerk>("clerk");
    client->hide();
  }
  /// The client asks, and the answer comes after so long; meanwhile the client goes.
  void ask_and_go(Duration answered_after, bool says_goodbye) {
    const auto clerk = client->select<Clerk::Protocol>(server, "/user/clerk");
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(answered_after);
    auto answer = clerk.ask(Question{milliseconds.count()}, 1h);
    world->run_for(500ms);
    if (says_goodbye) client->transport.say_goodbye();
    world->run_for(10ms);
    client.reset();
    world->run_for(answered_after + 1min);
  }
  void expect_lost_once(ErrorCode reason) {
    const auto counts = server.transport.counts();
    EXPECT_EQ(counts.asks_received, 1U);
    EXPECT_EQ(counts.sent, 1U);
    EXPECT_EQ(counts.delivered, 0U);
    EXPECT_EQ(counts.in_flight, 0U);
    EXPECT_EQ(counts.dropped(reason), 1U);
    EXPECT_EQ(
        std::accumulate(counts.dropped_out.begin(), counts.dropped_out.end(), std::uint64_t{0}),
        1U);
  }

  SimulatedNode server{network, 1, {"server", "10.0.0.1", 7001}};
  std::unique_ptr<SimulatedNode> client =
      std::make_unique<SimulatedNode>(network, 0xfeed, address_without_place("client", 0xfeed));
};

TEST_F(LostAnswer, OfAClientThatHasGoneSilentlyIsUnreachable) {
  ask_and_go(2s, false);

  expect_lost_once(ErrorCode::node_unreachable);
}

TEST_F(LostAnswer, OfAClientThatWasGivenUpAndForgottenIsUnreachable) {
  ask_and_go(5min, false);

  expect_lost_once(ErrorCode::node_unreachable);
}

TEST_F(LostAnswer, OfAClientThatHasLeftIsForALifeThatIsOver) {
  ask_and_go(2s, true);

  expect_lost_once(ErrorCode::node_down);
}

}  // namespace
}  // namespace troupe::transport
