#include <gtest/gtest.h>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::ErrorCode;

struct Question {
  using Reply = int;
};

TEST(Version, AnAnswerInAnotherOneEndsTheTryAtOnce) {
  const auto world = std::make_shared<troupe::testkit::SteppedWorld>(
      std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network(world);
  SimulatedNode first(network, 1, {"red", "10.0.0.1", 7001});
  SimulatedNode second(network, 2, {"blue", "10.0.0.2", 7001});
  const std::string frame = "TRP\2 from the future";
  auto answer = first.select<troupe::Accepts<Question>>(second, "/user/clerk").ask(Question{}, 60s);
  world->run_for(0ms);  // It has dialled.

  second.answer("1", std::as_bytes(std::span(frame)));
  world->run_for(1ms);

  ASSERT_TRUE(answer.is_ready());
  EXPECT_EQ(answer.get().error().code(), ErrorCode::node_unreachable);
  EXPECT_EQ(first.log->lines_with("unreachable: it speaks another version").size(), 1U);
}

}  // namespace
