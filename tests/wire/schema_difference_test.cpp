// Tests of wire/schema_difference: which descriptions of a type fit, and the reason where they do
// not.

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <troupe/wire/schema.hpp>
#include <troupe/wire/schema_difference.hpp>

namespace bank::before {
struct Line {
  static constexpr std::string_view wire_name = "bank::Line";
  std::uint64_t id;
};
struct Deposit {
  static constexpr std::string_view wire_name = "bank::Deposit";
  int cents;
  std::vector<Line> lines;
};
}  // namespace bank::before
namespace bank::after {
struct Line {
  static constexpr std::string_view wire_name = "bank::Line";
  std::uint64_t id;
  double price;
};
struct Deposit {
  static constexpr std::string_view wire_name = "bank::Deposit";
  int cents;
  std::vector<Line> lines;
  std::string note;
};
}  // namespace bank::after

namespace troupe::wire {
namespace {

struct Pair {
  const char* here;
  const char* there;
};

TEST(SchemaDifference, IsNoneForFieldsThatWereAppended) {
  for (const auto& [here, there] : {
           Pair{"A{x: int32}", "A{x: int32}"},
           Pair{"A{x: int32}", "A{x: int32, y: string}"},
           Pair{"A{}", "A{y: string}"},
           Pair{"A{b: B{x: int32}, y: bool}", "A{b: B{x: int32, z: bool}, y: bool}"},
           Pair{"A{m: map<string, B{x: int32}>}", "A{m: map<string, B{x: int32, z: bool}>}"},
           Pair{"A{o: optional<[B{}]>}", "A{o: optional<[B{z: bool}]>}"},
           Pair{"[B{}]", "[B{z: bool}]"},
           Pair{"{anonymous}::A{x: int32}", "{anonymous}::A{x: int32, y: int32}"},
           Pair{"Box<int, long>{x: int32}", "Box<int, long>{x: int32, y: int32}"},
       }) {
    EXPECT_EQ(schema_difference(here, there), std::nullopt) << here << " / " << there;
    EXPECT_EQ(schema_difference(there, here), std::nullopt) << there << " / " << here;
  }
}

TEST(SchemaDifference, IsNoneWhereACompilerDoesNotTellTheNameOfAField) {
  const std::string untold = "#00";

  EXPECT_EQ(schema_difference("A{" + untold + ": int32}", "A{x: int32, y: bool}"), std::nullopt);
  EXPECT_NE(schema_difference("A{" + untold + ": int32}", "A{x: int8}"), std::nullopt);
}

TEST(SchemaDifference, NamesTheTypeAndTheFieldAndBothOfItsForms) {
  EXPECT_EQ(schema_difference("bank::Deposit{id: int64, amount: int64}",
                              "bank::Deposit{id: int64, amount: string}"),
            "field 2 of bank::Deposit is `amount: int64` here and `amount: string` there");
}

TEST(SchemaDifference, NamesTheInnermostStruct) {
  EXPECT_EQ(schema_difference("A{b: int8, lines: [B{x: int32, y: int32}]}",
                              "A{b: int8, lines: [B{x: int32, y: bool}]}"),
            "field 2 of B is `y: int32` here and `y: bool` there");
}

TEST(SchemaDifference, IsAnythingButAnAppendedField) {
  for (const auto& [here, there] : {
           Pair{"A{x: int32, y: int32}", "A{y: int32, x: int32}"},         // reordered
           Pair{"A{x: int32, y: bool, z: bool}", "A{x: int32, z: bool}"},  // removed
           Pair{"A{x: int32, y: bool}", "A{x: int32, w: int8, y: bool}"},  // inserted
           Pair{"A{x: int32}", "A{renamed: int32}"},                       // renamed
           Pair{"A{x: int32}", "A{x: int64}"},                             // another type
           Pair{"A{x: B{y: int32}}", "A{x: C{y: int32}}"},                 // another struct
           Pair{"A{x: [int32]}", "A{x: 3[int32]}"},                        // another collection
           Pair{"A{x: (int32, bool)}", "A{x: (int32)}"},                   // another length
           Pair{"A{x: variant<bool>}", "A{x: variant<bool, string>}"},     // alternatives
           Pair{"A{x: Money#0000000000000001}", "A{x: Money#0000000000000002}"},  // own codecs
           Pair{"Colour:uint8", "Colour:uint16"},
       }) {
    EXPECT_NE(schema_difference(here, there), std::nullopt) << here << " / " << there;
    EXPECT_NE(schema_difference(there, here), std::nullopt) << there << " / " << here;
  }
}

TEST(SchemaDifference, OfWhatIsNoStructNamesTheType) {
  EXPECT_EQ(schema_difference("Colour:uint8", "Colour:uint16"),
            "the type is `Colour:uint8` here and `Colour:uint16` there");
}

TEST(SchemaDifference, ReadsWhatDescribeWrites) {
  const std::string here = describe<bank::before::Deposit>();

  EXPECT_EQ(schema_difference(here, describe<bank::after::Deposit>()), std::nullopt);
}

TEST(SchemaDifference, SurvivesTextThatIsNoDescription) {
  const std::string deep(65'536, '{');
  const std::string closed(65'536, '}');
  std::string nested = "x: int32";
  for (int i = 0; i < 100; ++i) nested = "A{a: " + nested + "}";

  for (const std::string& text : {deep, closed, deep + closed, std::string("}{, >"), nested}) {
    EXPECT_NE(schema_difference("A{x: int32}", text), std::nullopt);
    EXPECT_NE(schema_difference(nested + " ", text), std::nullopt);
  }
}

TEST(SchemaDifference, QuotesNoMoreThanItsReaderCanTakeIn) {
  const std::string reason =
      schema_difference("A{x: int32}", "A{x: " + std::string(9'999, 'y') + "}").value();

  EXPECT_LT(reason.size(), 200U);
}

}  // namespace
}  // namespace troupe::wire
