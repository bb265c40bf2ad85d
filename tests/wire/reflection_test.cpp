// Tests of wire/reflection: counting, reaching and naming the fields of aggregates.

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <thread>
#include <troupe/wire/reflection.hpp>
#include <variant>
#include <vector>

namespace troupe::wire {
namespace {

struct Empty {};
struct Point {
  int x = 1;
  int y = 2;
};
struct Order {
  std::string name;
  Point at;
  std::array<int, 3> counts;
  std::optional<std::string> note;
  std::variant<std::monostate, Point> target;
  std::vector<Order> parts;
  Empty nothing;
};
struct NotCopyable {
  std::thread handle;
  int id;
};
struct EightFields {
  int a, b, c, d, e, f, g, h;
};
struct SixtyFourFields {
  int a1, a2, a3, a4, a5, a6, a7, a8, b1, b2, b3, b4, b5, b6, b7, b8;
  int c1, c2, c3, c4, c5, c6, c7, c8, d1, d2, d3, d4, d5, d6, d7, d8;
  int e1, e2, e3, e4, e5, e6, e7, e8, f1, f2, f3, f4, f5, f6, f7, f8;
  int g1, g2, g3, g4, g5, g6, g7, g8, h1, h2, h3, h4, h5, h6, h7, last;
};
struct SixtyFiveFields {
  int a1, a2, a3, a4, a5, a6, a7, a8, b1, b2, b3, b4, b5, b6, b7, b8;
  int c1, c2, c3, c4, c5, c6, c7, c8, d1, d2, d3, d4, d5, d6, d7, d8;
  int e1, e2, e3, e4, e5, e6, e7, e8, f1, f2, f3, f4, f5, f6, f7, f8;
  int g1, g2, g3, g4, g5, g6, g7, g8, h1, h2, h3, h4, h5, h6, h7, h8, last;
};

TEST(FieldCount, CountsNestedStructsAndArraysAsOne) {
  EXPECT_EQ(field_count<Empty>, 0u);
  EXPECT_EQ(field_count<Point>, 2u);
  EXPECT_EQ(field_count<Order>, 7u);
  EXPECT_EQ(field_count<NotCopyable>, 2u);
  EXPECT_EQ(field_count<EightFields>, 8u);
  EXPECT_EQ(field_count<SixtyFourFields>, 64u);
}

struct FirstIsArray {
  char text[4];
};
struct LaterIsArray {
  int id;
  Point points[2];
  int end;
};
struct Derived : Point {
  int z;
};
struct EmptyBase : Empty {
  int z;
};
struct Reference {
  int& target;
};
class Closed {
  [[maybe_unused]] int hidden_ = 0;
};

TEST(FieldShape, SaysWhyATypeIsNotReflectable) {
  EXPECT_EQ(field_shape<Order>, FieldShape::reflectable);
  EXPECT_EQ(field_shape<FirstIsArray>, FieldShape::has_c_array);
  EXPECT_EQ(field_shape<LaterIsArray>, FieldShape::has_c_array);
  EXPECT_EQ(field_shape<Derived>, FieldShape::has_base);
  EXPECT_EQ(field_shape<EmptyBase>, FieldShape::has_base);
  EXPECT_EQ(field_shape<Reference>, FieldShape::has_uninitialisable_field);
  EXPECT_EQ(field_shape<SixtyFiveFields>, FieldShape::has_too_many_fields);
  EXPECT_EQ(field_shape<Closed>, FieldShape::not_an_aggregate);
  EXPECT_EQ(field_shape<int>, FieldShape::not_an_aggregate);
}

TEST(Fields, AreReferencesInOrderOfDeclaration) {
  Point point;

  std::get<1>(fields(point)) = 7;

  EXPECT_EQ(point.y, 7);
  EXPECT_EQ(fields(point), std::tuple(1, 7));
}

TEST(Fields, AreVisitedUpToTheLastOfSixtyFour) {
  SixtyFourFields all{};
  int next = 0;

  for_each_field(all, [&](int& field) { field = ++next; });

  EXPECT_EQ(all.a1, 1);
  EXPECT_EQ(all.c1, 17);
  EXPECT_EQ(all.last, 64);
}

TEST(Fields, OfAConstObjectAreConst) {
  const Point point;
  for_each_field(point,
                 [](auto& field) { static_assert(std::is_same_v<decltype(field), const int&>); });
}

TEST(FieldName, IsTheNameInTheSource) {
#if defined(__clang__) && __clang_major__ < 17
  GTEST_SKIP() << "this clang cannot tell field names; they are numbered";
#else
  EXPECT_EQ((field_name<Order, 0>()), "name");
  EXPECT_EQ((field_name<Order, 5>()), "parts");
  EXPECT_EQ((field_name<NotCopyable, 0>()), "handle");
  EXPECT_EQ((field_name<SixtyFourFields, 63>()), "last");
#endif
}

}  // namespace
}  // namespace troupe::wire
