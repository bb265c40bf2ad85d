// Every shape in which a message can be made inside a co_await, with all that takes one. It is run
// under AddressSanitizer with g++ and clang, as task_temporaries_test.cpp is.
#include <gtest/gtest.h>

#include <array>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe::made_test {

using namespace std::chrono_literals;
using testkit::TestSystem;

const std::string long_text = "a text that is too long for a string's own memory, 1234567890";

struct Line {
  std::string item;
  std::uint32_t count = 1;
  std::vector<std::string> notes;
};
struct Order {
  using Reply = std::string;
  std::string item;
  std::string note;
  std::uint16_t count = 1;
  double price = 0;
  std::optional<Line> line{};
};
struct Numbers {
  using Reply = std::string;
  std::array<int, 2> both{};
  Duration pause{};
};
/// No aggregate: it is made by its constructor.
class Named {
 public:
  static constexpr bool local_message = true;
  using Reply = std::string;
  Named() = default;
  explicit Named(std::string name, int times) {
    for (int i = 0; i < times; ++i) text_ += name;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string words(const Order& order) {
  std::string all = order.item + "/" + order.note + "/" + std::to_string(order.count) + "/" +
                    std::to_string(static_cast<int>(order.price));
  if (order.line) all += "/" + order.line->item + std::to_string(order.line->notes.size());
  return all;
}

class Shop : public Actor {
 public:
  using Protocol = Accepts<Order, Numbers, Named>;
  std::string on(const Order& order) { return words(order); }
  std::string on(const Numbers& numbers) {
    return std::to_string(numbers.both[0] + numbers.both[1]) + "/" +
           std::to_string(numbers.pause / 1s);
  }
  std::string on(const Named& named) { return named.text(); }
};
using ShopRef = ActorRef<Shop::Protocol>;

/// An awaitable of a user's own, which takes its argument as ask() does.
struct Echoing {
  explicit Echoing(Line line) : line_(std::move(line)) {}
  [[nodiscard]] bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<> /*frame*/) const noexcept {}
  [[nodiscard]] std::string await_resume() const { return line_.item; }

 private:
  Line line_;
};

Echoing echoing(Made<Line> line) { return Echoing(std::move(line.message)); }

struct Begin {
  using Reply = std::string;
};

/// What `handler(context, shop)`, a task, answers.
template <class F>
std::string answer_of(F handler) {
  TestSystem system;
  auto shop = system.spawn<Shop>("shop");
  auto buyer = system.spawn(
      "buyer", behavior([shop, handler](Context& self, Begin) { return handler(self, shop); }));
  return buyer.ask(Begin{}).get().value();
}

using Text = Task<std::string>;

TEST(Made, OfStringsLiteralsAndConcatenations) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              const std::string item = long_text;
              const char* const note = "note";
              auto one = co_await self.ask<Order>(shop, {item, item + "!"}, 1s);
              auto two = co_await self.ask<Order>(shop, {"tea", note}, 1s);
              auto three = co_await self.ask<Order>(shop, {std::string(long_text)});
              co_return one.value() + two.value() + three.value();
            }),
            long_text + "/" + long_text + "!/1/0" + "tea/note/1/0" + long_text + "//1/0");
}

TEST(Made, OfNothing) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              auto nothing = co_await self.ask<Order>(shop, {});
              co_return nothing.value();
            }),
            "//1/0");
}

TEST(Made, ConvertsNumbersAsACallDoes) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              int count = 7;
              auto order = co_await self.ask<Order>(shop, {"tea", "hot", count, 3});
              auto numbers = co_await self.ask<Numbers>(shop, {std::array{20, 22}, 3min});
              co_return order.value() + " " + numbers.value();
            }),
            "tea/hot/7/3 42/180");
}

TEST(Made, WithANestedAggregateThatHasAName) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              Line line{long_text, 1, {long_text, long_text}};
              auto copied = co_await self.ask<Order>(shop, {"a", "b", 1, 2, line});
              auto given = co_await self.ask<Order>(shop, {"a", "b", 1, 2, moved(line)});
              co_return copied.value() + given.value() + std::to_string(line.notes.size());
            }),
            "a/b/1/2/" + long_text + "2a/b/1/2/" + long_text + "20");
}

TEST(Made, OfAClassWithAConstructor) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              auto direct = co_await self.ask(shop, Named(long_text, 1));
              auto made = co_await self.ask<Named>(shop, {long_text, 2});
              co_return direct.value() + made.value();
            }),
            long_text + long_text + long_text);
}

TEST(Made, OfAMessageWithAName) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              Order order{long_text, "note"};
              const Order constant = order;
              auto copied = co_await self.ask(shop, order);
              auto same = co_await self.ask<Order>(shop, order);
              auto of_constant = co_await self.ask(shop, constant, 1s);
              auto given = co_await self.ask(shop, moved(order), 1s);
              EXPECT_EQ(same.value(), copied.value());
              EXPECT_EQ(of_constant.value(), copied.value());
              EXPECT_EQ(given.value(), copied.value());
              co_return order.item;
            }),
            "");
}

TEST(Made, OfTheAnswerOfAnotherAsk) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              auto inner = co_await self.ask<Order>(
                  shop, {(co_await self.ask<Order>(shop, {long_text, "x"})).value(), long_text});
              co_return inner.value();
            }),
            long_text + "/x/1/0/" + long_text + "/1/0");
}

TEST(Made, InAllRaceFirstSuccessAndTraverse) {
  const std::string tea = "tea/" + long_text + "/1/0";
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              auto both = co_await all(self.ask<Order>(shop, {"tea", long_text}),
                                       shop.ask<Named>({long_text, 1}, 1s));
              auto first = co_await race(self.ask<Order>(shop, {"tea", long_text}, 1s),
                                         shop.ask<Order>({"tea", long_text}));
              auto any = co_await first_success(self.ask<Order>(AnyRef(), {"x", long_text}),
                                                self.ask<Order>(shop, {"tea", long_text}));
              const std::vector<std::string> items = {"a", "b"};
              auto each = co_await traverse(items, [&](const std::string& item) {
                return self.ask<Order>(shop, {item, long_text});
              });
              co_return std::get<0>(*both) + first.value() + any.value() + each.value().at(1);
            }),
            tea + tea + tea + "b/" + long_text + "/1/0");
}

TEST(Made, InSend) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              Order order{long_text, "note"};
              auto one = co_await self.send<Order>(shop, {long_text, long_text + "!"});
              auto two = co_await self.send(shop, order);
              auto three = co_await self.send(shop, moved(order));
              EXPECT_TRUE(one.ok() && two.ok() && three.ok());
              co_return order.item;
            }),
            "");
}

TEST(Made, InAnAwaitableOfAUsers) {
  EXPECT_EQ(answer_of([](Context& /*self*/, ShopRef /*shop*/) -> Text {
              co_return co_await echoing({long_text + "!"});
            }),
            long_text + "!");
}

TEST(Made, InAConditionAndALoop) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              std::string all;
              for (int i = 0; i < 3; ++i) {
                all += (co_await self.ask<Order>(shop, {long_text, std::to_string(i)})).value();
              }
              while ((co_await self.ask<Order>(shop, {all, long_text})).ok()) break;
              co_return std::to_string(all.size());
            }),
            std::to_string(3 * (long_text.size() + 6)));
}

TEST(Made, OfATemporaryActorsRequestInAStatementBefore) {
  EXPECT_EQ(answer_of([](Context& self, ShopRef shop) -> Text {
              Future<std::string> asked = self.ask<Shop>(Order{long_text, "x"}, 1s);
              Future<std::string> other = shop.ask(Order{long_text, "x"}, 1s);
              Order order{long_text, "x"};
              auto by_name = co_await self.ask<Shop>(order, 1s);
              auto one = co_await std::move(asked);
              auto two = co_await std::move(other);
              EXPECT_EQ(one.value(), two.value());
              co_return by_name.value();
            }),
            long_text + "/x/1/0");
}

TEST(Made, IsNotNeededOutsideOfTasks) {
  TestSystem system;
  auto shop = system.spawn<Shop>("shop");

  EXPECT_EQ(shop.ask(Order{long_text, "x"}).get().value(), long_text + "/x/1/0");
  EXPECT_TRUE(all(shop.ask(Order{"a", "b"}), shop.ask(Order{"c", "d"})).get().ok());
  EXPECT_EQ(race(shop.ask(Order{"a", "b"}), shop.ask(Order{"a", "b"})).get().value(), "a/b/1/0");
  EXPECT_EQ(shop.ask(Order{"a", "b"})
                .then([](Result<std::string> text) { return *text + "!"; })
                .get()
                .value(),
            "a/b/1/0!");
}

}  // namespace troupe::made_test
