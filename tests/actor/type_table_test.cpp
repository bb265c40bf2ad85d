// A message's handler is found in a few steps, however many an actor has.
#include <gtest/gtest.h>

#include <algorithm>
#include <troupe/actor/runtime/type_table.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

#include "fake_link.hpp"

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

using Numbers = std::make_integer_sequence<int, 64>;
using Protocol = decltype(protocol_of(Numbers()));

/// Bytes of another node that claim to be a Message<number>.
template <int number>
void receive_from_elsewhere(troupe::FakeLink& link, const troupe::AnyRef& target) {
  troupe::wire::Writer writer;
  troupe::wire::encode(writer, Message<number>{});
  troupe::runtime::deliver(
      target.cell(), troupe::runtime::make_encoded(
                         troupe::runtime::Kind::encoded, target.id(), nullptr,
                         {troupe::wire::type_key<Message<number>>, writer.bytes(), &link, {}}));
}
template <int... numbers>
void receive_all(troupe::FakeLink& link, const troupe::AnyRef& target,
                 std::integer_sequence<int, numbers...>) {
  (receive_from_elsewhere<numbers>(link, target), ...);
}

template <int... numbers>
auto behavior_of(std::vector<int>& got, std::integer_sequence<int, numbers...>) {
  return troupe::behavior([&got](Message<numbers>) { got.push_back(numbers); }...);
}

TEST(TypeTable, IsHowABehaviourFindsMessagesOfOtherNodes) {
  troupe::testkit::TestSystem system;
  troupe::FakeLink link(system.actors());
  std::vector<int> got;
  const auto many = behavior_of(got, Numbers());
  const auto sink = system.actors().spawn("sink", many);

  receive_all(link, sink, Numbers());
  system.run();

  EXPECT_EQ(got, all_numbers());
  EXPECT_EQ(many.handlers()->find_type(), &Table::with_key);
}

TEST(TypeTable, IsHowARouterFindsMessagesOfOtherNodes) {
  troupe::testkit::TestSystem system;
  troupe::FakeLink link(system.actors());
  std::vector<int> got;
  const auto many = troupe::pool<Sink>(troupe::PoolSettings<Protocol>{.routees = 1}, &got);
  const auto sink = system.actors().spawn("sink", many);

  receive_all(link, sink, Numbers());
  system.run();

  EXPECT_EQ(got, all_numbers());
  EXPECT_EQ(many.plan()->find_type, &Table::with_key);
}

TEST(TypeTable, IsForLongListsAlone) {
  const auto few = [](auto find) { return find(message_type<Message<2>>.key); };

  EXPECT_EQ(few(troupe::runtime::find_type_in<Message<1>, Message<2>>()),
            &message_type<Message<2>>);
  EXPECT_EQ(few(troupe::runtime::find_type_in<Message<1>>()), nullptr);
  EXPECT_EQ(few(troupe::runtime::find_type_in<>()), nullptr);
}

/// Tells all 64 messages; each routee is to get as many as `strategy` gives it.
template <class Strategy>
std::vector<int> routed_by(Strategy strategy) {
  troupe::testkit::TestSystem system;
  std::vector<int> got;
  const auto sink = system.actors().spawn(
      "sink",
      troupe::pool<Sink>(troupe::PoolSettings<Protocol>{.routees = 2, .strategy = strategy}, &got));
  [&]<int... numbers>(std::integer_sequence<int, numbers...>) {
    (sink.tell(Message<numbers>{numbers}), ...);
  }(Numbers());
  system.run();
  std::ranges::sort(got);
  return got;
}

TEST(TypeTable, IsHowARouterReadsAndCopiesMessages) {
  std::vector<int> twice = all_numbers();
  twice.insert(twice.end(), twice.begin(), twice.end());
  std::ranges::sort(twice);

  EXPECT_EQ(routed_by(troupe::broadcast()), twice);
  EXPECT_EQ(routed_by(troupe::consistent_hash([](const auto& message) { return message.value; })),
            all_numbers());
}

template <int number>
struct Question {
  using Reply = int;
};
template <int... numbers>
troupe::Accepts<Question<numbers>...> questions_of(std::integer_sequence<int, numbers...>);

/// Answers with the question's number.
class Answerer : public troupe::Actor {
 public:
  using Protocol = decltype(questions_of(Numbers()));
  template <int number>
  int on(Question<number>) {
    return number;
  }
};

template <int number, class Ref>
int sum_of_answers(const Ref& pool) {
  int sum = 0;
  for (const auto& [from, result] :
       troupe::ask_each<Question<number>>(pool, {}).get().value().all) {
    sum += *result;
  }
  return sum;
}

TEST(TypeTable, IsHowARouterKnowsWhatAllRouteesAreAsked) {
  troupe::testkit::TestSystem system;
  const auto pool = system.actors().spawn(
      "pool", troupe::pool<Answerer>(troupe::PoolSettings<Answerer::Protocol>{.routees = 2}));

  const auto sums = [&]<int... numbers>(std::integer_sequence<int, numbers...>) {
    return std::vector{sum_of_answers<numbers>(pool)...};
  }(Numbers());

  for (int number = 0; number < 64; ++number) {
    EXPECT_EQ(sums[static_cast<std::size_t>(number)], 2 * number);
  }
}

}  // namespace
