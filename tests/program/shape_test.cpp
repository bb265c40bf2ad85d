#include <gtest/gtest.h>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <troupe/actor/ref_codec.hpp>
#include <troupe/program/shape.hpp>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/schema.hpp>
#include <tuple>
#include <variant>
#include <vector>

namespace shapes {

template <class T>
struct Box {
  T value{};
};
enum class Currency : std::uint8_t { euro };
struct Tree {
  int leaf = 0;
  std::vector<Tree> branches;
};
struct All {
  bool truth = false;
  std::int8_t small = 0;
  std::uint64_t large = 0;
  float single = 0;
  double real = 0;
  std::string text;
  std::vector<std::byte> data;
  std::array<std::byte, 32> hash{};
  Currency currency{};
  std::chrono::milliseconds delay{0};
  std::vector<int> list;
  std::array<int, 3> three{};
  std::map<std::string, int> map;
  std::pair<int, std::string> pair;
  std::optional<int> maybe;
  std::variant<int, std::string> either;
  std::monostate nothing;
  troupe::AnyRef who;
  Box<int> box;
  Tree tree;
};

}  // namespace shapes

namespace {

using namespace troupe::program;
using Kind = Shape::Kind;

template <class T>
Shape shape() {
  return shape_of(troupe::wire::describe<T>()).value();
}

TEST(Shape, HasEveryKindThatTheGrammarHas) {
  const Shape all = shape<shapes::All>();
  EXPECT_EQ(all.kind, Kind::structure);
  EXPECT_EQ(all.name, "shapes::All");
  const Kind kinds[] = {Kind::truth,   Kind::integer, Kind::integer,   Kind::real,
                        Kind::real,    Kind::text,    Kind::bytes,     Kind::bytes,
                        Kind::integer, Kind::wrapped, Kind::list,      Kind::list,
                        Kind::map,     Kind::tuple,   Kind::optional,  Kind::variant,
                        Kind::nil,     Kind::ref,     Kind::structure, Kind::structure};
  ASSERT_EQ(all.parts.size(), std::size(kinds));
  for (std::size_t i = 0; i < std::size(kinds); ++i) {
    EXPECT_EQ(all.parts[i].kind, kinds[i]) << all.fields[i];
  }
  EXPECT_EQ(all.fields.front(), "truth");
  EXPECT_EQ(all.fields.back(), "tree");
  EXPECT_EQ(all.parts[7].size, 32U) << "hash";
  EXPECT_EQ(all.parts[8].bits, 8U) << "currency";
  EXPECT_TRUE(all.parts[11].has_size) << "three";
  EXPECT_EQ(all.parts[11].size, 3U) << "three";
  EXPECT_EQ(all.parts[12].parts[0].kind, Kind::text) << "map";
  EXPECT_EQ(all.parts[15].parts.size(), 2U) << "either";
}

TEST(Shape, ATypeInsideItselfIsARecursion) {
  const Shape tree = shape<shapes::Tree>();
  ASSERT_EQ(tree.parts.size(), 2U);
  ASSERT_EQ(tree.parts[1].kind, Kind::list);
  EXPECT_EQ(tree.parts[1].parts[0].kind, Kind::recursion);
  EXPECT_EQ(tree.parts[1].parts[0].name, "shapes::Tree");
}

TEST(Shape, IntegersKnowTheirRange) {
  const auto range = [](std::string_view word) { return range_of(shape_of(word).value()); };
  EXPECT_EQ(range("int8").min, -128);
  EXPECT_EQ(range("int8").max, 127U);
  EXPECT_EQ(range("uint8").min, 0);
  EXPECT_EQ(range("uint8").max, 255U);
  EXPECT_EQ(range("int64").min, INT64_MIN);
  EXPECT_EQ(range("int64").max, static_cast<std::uint64_t>(INT64_MAX));
  EXPECT_EQ(range("uint64").max, UINT64_MAX);
}

TEST(Shape, WhatItDoesNotUnderstandIsOpaque) {
  for (const char* text : {"", "msgpack bank::Old", "bank::Own#0123456789abcdef", "variant<>",
                           "map<int32>", "optional<>", "}", "<", "]]", "x[int32]", "bank::Box<int>",
                           "a(b)", "bytes many", "[]", "bank::Enum:int33"}) {
    EXPECT_EQ(shape_of(text).value().kind, Kind::opaque) << text;
  }
}

TEST(Shape, ATypeMayNotBeNestedMoreDeeplyThanMessages) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "int32" + std::string(depth, ']');
  };
  EXPECT_TRUE(shape_of(nested(60)).ok());
  EXPECT_EQ(shape_of(nested(100'000)).error().code(), troupe::ErrorCode::malformed);
}

}  // namespace
