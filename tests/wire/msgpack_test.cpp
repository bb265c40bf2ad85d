// Tests of wire/msgpack: the same bytes as msgpack-c, and types with its macros.

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <troupe/wire/msgpack.hpp>
#include <troupe/wire/schema.hpp>
#include <variant>
#include <vector>

namespace bank {

class Account {
 public:
  Account() = default;
  explicit Account(std::string owner) : owner_(std::move(owner)) {}
  const std::string& owner() const { return owner_; }

  MSGPACK_DEFINE(owner_, history_)

 private:
  std::string owner_;
  std::vector<int> history_{1, 2};
};

struct Named {
  int id = 0;
  std::string name;
  MSGPACK_DEFINE_MAP(id, name)
};

struct Opening {
  Account account;
  std::vector<Named> names;
};

}  // namespace bank

namespace troupe::wire {
namespace {

std::vector<std::byte> encoded(const auto& value) {
  Writer writer;
  encode(writer, value);
  return {writer.bytes().begin(), writer.bytes().end()};
}

std::vector<std::byte> packed(const auto& value) {
  Writer writer;
  msgpack::pack(writer, value);
  return {writer.bytes().begin(), writer.bytes().end()};
}

TEST(Msgpack, PacksWhatTheLibraryPacks) {
  const auto expect_same = [](const auto& value) { EXPECT_EQ(encoded(value), packed(value)); };
  for (const std::int64_t edge :
       {0l, 127l, 128l, 255l, 256l, 65'535l, 65'536l, 4'294'967'295l, 4'294'967'296l, -1l, -32l,
        -33l, -128l, -129l, -32'768l, -32'769l, -2'147'483'648l, -2'147'483'649l}) {
    expect_same(edge);
    expect_same(static_cast<std::uint64_t>(edge));
    expect_same(static_cast<std::int16_t>(edge));
  }
  expect_same(true);
  expect_same(0.1);
  expect_same(0.5f);
  for (const std::size_t length : {0u, 31u, 32u, 255u, 256u, 70'000u}) {
    expect_same(std::string(length, 'x'));
    expect_same(std::vector<std::byte>(length));
    expect_same(std::vector<int>(length, -7));
  }
  expect_same(std::map<std::string, std::vector<int>>{{"a", {1}}, {"b", {}}});
  expect_same(std::optional<int>());
  expect_same(std::tuple<int, std::string>(1, "one"));
}

TEST(Msgpack, ReadsTheWholeDoublesThatTheLibraryWritesAsIntegers) {
  EXPECT_EQ(*decode<double>(packed(3.0)), 3.0);
  EXPECT_EQ(*decode<float>(packed(-2.0f)), -2.0f);
}

TEST(Msgpack, CarriesTypesWithTheMacroAloneAndInsideStructs) {
  const bank::Opening opening{bank::Account("ann"), {{1, "one"}, {2, "two"}}};

  const auto read = decode<bank::Opening>(encoded(opening));

  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(read->account.owner(), "ann");
  ASSERT_EQ(read->names.size(), 2u);
  EXPECT_EQ(read->names[1].name, "two");
  EXPECT_EQ(encoded(opening.account), packed(opening.account));
}

TEST(Msgpack, TurnsTheLibrarysExceptionsIntoMalformed) {
  const auto read = decode<bank::Account>(encoded(std::string("no account")));

  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().to_string(), "malformed: msgpack-c: std::bad_cast (at byte 11 of 11)");
}

TEST(Msgpack, DescribesATypeWithTheMacroByName) {
  EXPECT_EQ(describe<bank::Account>(), "msgpack bank::Account");
}

}  // namespace
}  // namespace troupe::wire
