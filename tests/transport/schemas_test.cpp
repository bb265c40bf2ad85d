// Two nodes that mean different things by the name of a type, in virtual time.
#include <gtest/gtest.h>
#include <troupe/testkit/probe.hpp>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::NodeAddress;

/// One message as three versions of a program know it.
struct Order {
  static constexpr std::string_view wire_name = "test.Order";
  int pieces = 0;
};
struct OrderWithColour {
  static constexpr std::string_view wire_name = "test.Order";
  int pieces = 0;
  std::string colour = "grey";
};
struct OrderInText {
  static constexpr std::string_view wire_name = "test.Order";
  std::string pieces;
};
struct Fine {};
struct Unrelated {};

/// The same for an answer.
struct Total {
  static constexpr std::string_view wire_name = "test.Total";
  int pieces = 0;
};
struct TotalInText {
  static constexpr std::string_view wire_name = "test.Total";
  std::string pieces;
};
struct Count {
  static constexpr std::string_view wire_name = "test.Count";
  using Reply = Total;
};
struct CountInText {
  static constexpr std::string_view wire_name = "test.Count";
  using Reply = TotalInText;
};

template <class M>
class Taker : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<M, Fine, Count>;
  void on(M) { ++taken_; }
  void on(Fine) { ++taken_; }
  Total on(Count) const { return {taken_}; }

 private:
  int taken_ = 0;
};

const NodeAddress red{"red", "10.0.0.1", 7001};
const NodeAddress blue{"blue", "10.0.0.2", 7001};

class SchemasOfTwoNodes : public testing::Test {
 protected:
  template <class M>
  [[nodiscard]] AnyRef at_second() {
    return AnyRef(first.select<troupe::Accepts<M>>(second, "/user/taker"));
  }
  [[nodiscard]] int taken() {
    return first.select<troupe::Accepts<Count>>(second, "/user/taker")
        .ask(Count{}, 1s)
        .get()
        ->pieces;
  }

  std::shared_ptr<troupe::testkit::SteppedWorld> world =
      std::make_shared<troupe::testkit::SteppedWorld>(
          std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode first{network, 1, red};
  SimulatedNode second{network, 2, blue};
};

TEST_F(SchemasOfTwoNodes, ThatDifferByAnAppendedFieldFitBothWays) {
  first.system.spawn<Taker<Order>>("taker");
  second.system.spawn<Taker<OrderWithColour>>("taker");

  at_second<Order>().tell(Order{3});
  EXPECT_EQ(taken(), 1);
  second.select<troupe::Accepts<OrderWithColour>>(first, "/user/taker").tell(OrderWithColour{4});
  world->run_for(100ms);

  EXPECT_EQ(second.transport.counts().types_refused, 0U);
  EXPECT_EQ(first.transport.counts().types_refused, 0U);
  EXPECT_EQ(first.transport.counts().tells_received, 1U);
  EXPECT_EQ(first.system.dead_letters().recent().size(), 0U);
}

TEST_F(SchemasOfTwoNodes, ThatDifferAreFoundAtTheHandshakeAndRefusedByTheSender) {
  first.system.spawn<Taker<Order>>("taker");
  second.system.spawn<Taker<OrderInText>>("taker");
  ASSERT_EQ(taken(), 0);
  world->run_for(100ms);

  const auto refused = at_second<Order>().try_tell(Order{3});

  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::unknown_type);
  EXPECT_EQ(at_second<Order>().try_tell(Fine{}).ok(), true);
  EXPECT_EQ(taken(), 1);
  EXPECT_EQ(first.transport.counts().dropped(ErrorCode::unknown_type), 1U);
  EXPECT_EQ(first.transport.counts().types_refused, 1U);
  EXPECT_EQ(second.transport.counts().types_refused, 1U);
}

TEST_F(SchemasOfTwoNodes, ThatDifferAreNamedOnceInTheLogOfEachNode) {
  first.system.spawn<Taker<Order>>("taker");
  second.system.spawn<Taker<OrderInText>>("taker");
  for (int i = 0; i < 3; ++i) at_second<Order>().tell(Order{i});
  world->run_for(100ms);

  EXPECT_EQ(
      first.log->lines_with("field 1 of test.Order is `pieces: int32` here and `pieces: string`")
          .size(),
      1U);
  EXPECT_EQ(
      second.log->lines_with("field 1 of test.Order is `pieces: string` here and `pieces: int32`")
          .size(),
      1U);
}

TEST_F(SchemasOfTwoNodes, ThatDifferAreRefusedByTheReceiverUntilTheSenderKnows) {
  second.system.spawn<Taker<OrderInText>>("taker");

  at_second<Order>().tell(Order{3});
  world->run_for(100ms);

  EXPECT_EQ(second.transport.counts().refused(ErrorCode::unknown_type), 1U);
  for (const SimulatedNode* node : {&first, &second}) {
    EXPECT_EQ(node->system.dead_letters().count(ErrorCode::unknown_type), 1U);
    EXPECT_EQ(node->system.dead_letters().recent().back().type, "test.Order");
  }
  EXPECT_EQ(at_second<Order>().try_tell(Order{3}).error().code(), ErrorCode::unknown_type);
}

TEST_F(SchemasOfTwoNodes, OfATypeThatBecomesKnownLaterAreComparedThen) {
  second.system.spawn<Taker<Unrelated>>("other");
  at_second<Order>().tell(Order{3});  // To nobody, but the second node has heard of the type.
  world->run_for(100ms);
  EXPECT_EQ(second.transport.counts().types_refused, 0U);

  second.system.spawn<Taker<OrderInText>>("taker");
  at_second<Order>().tell(Order{4});
  world->run_for(100ms);

  EXPECT_EQ(second.transport.counts().types_refused, 1U);
  EXPECT_EQ(second.system.dead_letters().count(ErrorCode::unknown_type), 1U);
}

TEST_F(SchemasOfTwoNodes, ThatDifferInAnAnswerFailTheAsk) {
  second.system.spawn<Taker<Unrelated>>("taker");
  const auto begun = world->clock().now();

  const auto answer = first.select<troupe::Accepts<CountInText>>(second, "/user/taker")
                          .ask(CountInText{}, 60s)
                          .get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::unknown_type) << answer.error().to_string();
  EXPECT_LT(world->clock().now() - begun, 1s);
}

TEST_F(SchemasOfTwoNodes, PastTheLimitAreComparedWithTheFirstMessage) {
  SimulatedNode third(network, 3, {"green", "10.0.0.3", 7001}, {.announced_types_max = 0});
  third.system.spawn<Taker<Order>>("taker");
  second.system.spawn<Taker<OrderInText>>("taker");

  third.select<troupe::Accepts<Order>>(second, "/user/taker").tell(Order{1});
  world->run_for(100ms);

  EXPECT_GT(third.transport.counts().types_unannounced, 0U);
  EXPECT_EQ(second.transport.counts().types_refused, 1U);
  EXPECT_EQ(second.transport.counts().refused(ErrorCode::unknown_type), 1U);
}

}  // namespace
