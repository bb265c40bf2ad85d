// Tests of messages with fields of types that are local to a source file, inside templates of the
// standard library: they compile with every compiler, travel, and have names.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/schema.hpp>
#include <troupe/wire/serialisable.hpp>
#include <troupe/wire/type_name.hpp>
#include <unordered_map>
#include <variant>
#include <vector>

namespace troupe::wire {
namespace {

struct Local {
  int number = 0;
  std::string text;
  friend bool operator==(const Local&, const Local&) = default;
};
enum class Colour { red, green };

struct Message {
  std::optional<Local> maybe;
  std::variant<Local, int, std::optional<Colour>> either;
  std::map<std::string, Local> by_name;
  std::unordered_map<int, std::vector<Local>> by_number;
  std::pair<Local, Colour> both;
  friend bool operator==(const Message&, const Message&) = default;
};

TEST(LocalTypes, TravelInsideOfOptionalsVariantsAndMaps) {
  static_assert(Serialisable<Message>);
  const Message message{.maybe = Local{1, "one"},
                        .either = Local{2, "two"},
                        .by_name = {{"three", Local{3, "three"}}},
                        .by_number = {{4, {Local{4, "four"}}}},
                        .both = {Local{5, "five"}, Colour::green}};
  Writer writer;
  encode(writer, message);

  EXPECT_EQ(decode<Message>(writer.bytes()).value(), message);
}

TEST(LocalTypes, HaveNamesInsideOfTemplates) {
  EXPECT_EQ(type_name<Local>(), "troupe::wire::{anonymous}::Local");
  EXPECT_EQ(type_name<std::optional<Local>>(), "std::optional<troupe::wire::{anonymous}::Local>");
  EXPECT_EQ((type_name<std::variant<Local, int>>()),
            "std::variant<troupe::wire::{anonymous}::Local, int>");
  EXPECT_EQ((type_name<std::map<int, Local>>()), "std::map<int, troupe::wire::{anonymous}::Local>");
}

}  // namespace
}  // namespace troupe::wire
