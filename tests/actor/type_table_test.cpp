// A message's handler is found in a few steps, however many an actor has.
#include <gtest/gtest.h>
#include <set>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/runtime/type_table.hpp>
#include <troupe/testkit/test_system.hpp>
#include <utility>

namespace {

using troupe::runtime::message_type;
using troupe::runtime::TypeTable;

template <int number>
struct Message {
  int value = 0;
};
struct Other {};

template <int... numbers>
TypeTable<Message<numbers>...> table_of(std::integer_sequence<int, numbers...>);
using Table = decltype(table_of(std::make_integer_sequence<int, 64>()));

template <int number>
void expect_found() {
  const auto& type = message_type<Message<number>>;
  EXPECT_EQ(Table::find(type), std::size_t{number});
  EXPECT_EQ(Table::with_key(type.key), &type);
}

TEST(TypeTable, FindsEachTypeAtItsPlace) {
  []<int... numbers>(std::integer_sequence<int, numbers...>) {
    (expect_found<numbers>(), ...);
  }(std::make_integer_sequence<int, 64>());
  EXPECT_EQ(Table::find(message_type<Other>), Table::none);
  EXPECT_EQ(Table::with_key(message_type<Other>.key), nullptr);
}

TEST(TypeTable, ComparesFewOfMany) { EXPECT_LE(Table::steps_max(), 12U); }

TEST(TypeTable, OfATypeThatIsInTheListTwiceKnowsTheFirstPlace) {
  using Twice = TypeTable<Message<0>, Message<1>, Message<0>>;

  EXPECT_EQ(Twice::find(message_type<Message<0>>), 0U);
  EXPECT_EQ(Twice::find(message_type<Message<1>>), 1U);
}

template <int... numbers>
troupe::Accepts<Message<numbers>...> protocol_of(std::integer_sequence<int, numbers...>);

/// Writes down the numbers of its messages' types.
class Sink : public troupe::Actor {
 public:
  using Protocol = decltype(protocol_of(std::make_integer_sequence<int, 64>()));
  explicit Sink(std::vector<int>* got) : got_(got) {}
  template <int number>
  void on(Message<number>) {
    got_->push_back(number);
  }

 private:
  std::vector<int>* got_;
};

std::vector<int> all_numbers() {
  std::vector<int> all;
  for (int i = 0; i < 64; ++i) all.push_back(i);
  return all;
}

TEST(TypeTable, IsHowAnActorWithManyHandlersFindsThem) {
  troupe::testkit::TestSystem system;
  std::vector<int> got;
  const auto sink = system.actors().spawn<Sink>("sink", &got);

  [&]<int... numbers>(std::integer_sequence<int, numbers...>) {
    (sink.tell(Message<numbers>{}), ...);
  }(std::make_integer_sequence<int, 64>());
  system.run();

  EXPECT_EQ(got, all_numbers());
}

TEST(TypeTable, IsHowABehaviourWithManyHandlersFindsThem) {
  troupe::testkit::TestSystem system;
  std::vector<int> got;
  const auto sink = [&]<int... numbers>(std::integer_sequence<int, numbers...>) {
    return system.actors().spawn(
        "sink", troupe::behavior([&got](Message<numbers>) { got.push_back(numbers); }...));
  }(std::make_integer_sequence<int, 64>());

  [&]<int... numbers>(std::integer_sequence<int, numbers...>) {
    (sink.tell(Message<numbers>{}), ...);
  }(std::make_integer_sequence<int, 64>());
  system.run();

  EXPECT_EQ(got, all_numbers());
}

}  // namespace
