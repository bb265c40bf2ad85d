// Tests of what a system knows of message types.
#include <gtest/gtest.h>

#include <troupe/actor/behavior.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe::runtime {
namespace {

struct Order {
  int pieces;
};
struct Total {
  int pieces;
};
struct Count {
  using Reply = Total;
};
struct Secret {
  static constexpr bool local_message = true;
};
struct Switch {};

class Shop : public Actor {
 public:
  using Protocol = Accepts<Order, Count, Secret>;
  void on(Order) {}
  Total on(Count) { return {}; }
  void on(Secret) {}
};

template <class M>
bool knows(testkit::TestSystem& system) {
  return system.actors().core().types.find(message_type<M>.key) == &message_type<M>;
}

TEST(KnownTypes, AreThoseThatActorsAcceptAndTheirAnswers) {
  testkit::TestSystem system;
  EXPECT_FALSE(knows<Order>(system));

  system.spawn<Shop>("shop");

  EXPECT_TRUE(knows<Order>(system));
  EXPECT_TRUE(knows<Count>(system));
  EXPECT_TRUE(knows<Total>(system));
}

TEST(KnownTypes, AreNoneThatStayInTheProcess) {
  testkit::TestSystem system;

  system.spawn<Shop>("shop");

  EXPECT_FALSE(knows<Secret>(system));
}

TEST(KnownTypes, AreThoseOfBehavioursAndOfWhatTheyBecome) {
  testkit::TestSystem system;
  const auto actor =
      system.spawn("actor", behavior([](Switch) -> AnyBehavior { return behavior([](Order) {}); }));
  EXPECT_TRUE(knows<Switch>(system));
  EXPECT_FALSE(knows<Order>(system));

  actor.tell(Switch{});
  system.run();

  EXPECT_TRUE(knows<Order>(system));
}

TEST(KnownTypes, AreKnownOnceHoweverManyActorsAcceptThem) {
  KnownTypes types;

  for (int i = 0; i < 3; ++i) types.add(TypeList(type_array<Order, Count>));

  EXPECT_EQ(types.size(), 3U);
  EXPECT_EQ(types.all().front(), &message_type<Order>);
}

}  // namespace
}  // namespace troupe::runtime
