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

/// As two files may have them in their unnamed namespaces.
struct Update {
  static constexpr std::string_view wire_name = "test.Update";
  int price;
};
struct OtherUpdate {
  static constexpr std::string_view wire_name = "test.Update";
  std::string text;
};
TEST(KnownTypes, ThatDifferUnderOneNameAreNamedOnceByTheNodeItself) {
  testkit::TestSystem system;
  system.spawn("first", behavior([](Update) {}));
  EXPECT_EQ(system.log_lines().size(), 0U);

  system.spawn("second", behavior([](OtherUpdate) {}));
  system.spawn("third", behavior([](OtherUpdate) {}, [](Order) {}));

  const auto lines = system.log().lines_with("wire_name");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].level, LogLevel::error);
  EXPECT_NE(lines[0].text.find("two different message types are called test.Update"),
            std::string::npos);
}

TEST(KnownTypes, ClashUnderOneNameOnce) {
  KnownTypes types;
  types.add(TypeList(type_array<Update>));
  types.add(message_type<Update>);
  EXPECT_FALSE(types.has_clashes());

  types.add(TypeList(type_array<OtherUpdate, Order>));

  EXPECT_TRUE(types.has_clashes());
  EXPECT_EQ(types.take_clashes(), std::vector{message_type<Update>.name});
  EXPECT_FALSE(types.has_clashes());
  types.add(message_type<OtherUpdate>);
  EXPECT_FALSE(types.has_clashes());
  EXPECT_EQ(types.find(message_type<Update>.key), &message_type<Update>);
}

}  // namespace
}  // namespace troupe::runtime
