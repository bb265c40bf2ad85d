// Messages from JSON are what the type's own codec reads, and the other way round.
#include <gtest/gtest.h>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <troupe/program/json_decoding.hpp>
#include <troupe/program/json_encoding.hpp>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/schema.hpp>
#include <troupe/wire/writer.hpp>
#include <variant>

namespace orders {

struct Line {
  std::string item;
  std::optional<double> price;
};
enum class Currency : std::uint8_t { euro, dollar };
struct Order {
  std::uint32_t number = 0;
  std::vector<Line> lines;
  Currency currency{};
  std::map<std::string, std::int8_t> counts;
  std::map<int, bool> flags;
  std::chrono::milliseconds delay{0};
  std::variant<std::int32_t, std::string> extra;
  std::vector<std::byte> data;
  std::array<int, 2> two{};
  std::pair<bool, std::string> pair;
};
struct Tree {
  int leaf = 0;
  std::vector<Tree> branches;
};
struct Chain {
  std::variant<std::int32_t, std::vector<Chain>> next;
};
struct Empty {};

}  // namespace orders

namespace {

using namespace troupe::program;

template <class T>
Shape shape() {
  return shape_of(troupe::wire::describe<T>()).value();
}

template <class T>
T from_json(std::string_view json) {
  const auto bytes = encode_json(json, shape<T>());
  EXPECT_TRUE(bytes.ok()) << bytes.error().context();
  return troupe::wire::decode<T>(bytes.value()).value();
}

template <class T>
std::string to_json(const T& value) {
  troupe::wire::Writer writer;
  troupe::wire::encode(writer, value);
  return decode_to_json(writer.bytes(), shape<T>()).value();
}

template <class T>
std::string problem(std::string_view json) {
  const auto bytes = encode_json(json, shape<T>());
  return bytes.ok() ? "" : bytes.error().context();
}

constexpr std::string_view order =
    R"({"number":7,"lines":[{"item":"tea","price":2.5},{"item":"nuts","price":null}],)"
    R"("currency":1,"counts":{"a":-1,"b":127},"flags":{"5":true},"delay":1500,)"
    R"("extra":{"alternative":1,"value":"x"},"data":"00ff","two":[1,2],"pair":[true,"p"]})";

TEST(JsonEncoding, BecomesWhatTheTypesCodecReads) {
  const auto read = from_json<orders::Order>(order);
  EXPECT_EQ(read.number, 7U);
  ASSERT_EQ(read.lines.size(), 2U);
  EXPECT_EQ(read.lines[0].price, 2.5);
  EXPECT_EQ(read.lines[1].price, std::nullopt);
  EXPECT_EQ(read.currency, orders::Currency::dollar);
  EXPECT_EQ(read.counts.at("b"), 127);
  EXPECT_TRUE(read.flags.at(5));
  EXPECT_EQ(read.delay, std::chrono::milliseconds(1500));
  EXPECT_EQ(std::get<std::string>(read.extra), "x");
  EXPECT_EQ(read.data, (std::vector<std::byte>{std::byte{0}, std::byte{255}}));
  EXPECT_EQ(read.pair.second, "p");
}

TEST(JsonEncoding, IsPrintedAsItIsRead) {
  EXPECT_EQ(to_json(from_json<orders::Order>(order)), order);
}

TEST(JsonEncoding, FollowsATypeIntoItself) {
  const std::string_view tree =
      R"({"leaf":1,"branches":[{"leaf":2,"branches":[{"leaf":3,"branches":[]}]}]})";
  EXPECT_EQ(to_json(from_json<orders::Tree>(tree)), tree);
  EXPECT_EQ(problem<orders::Tree>(R"({"leaf":1,"branches":[{"leaf":2,"branches":[{"leaf":"x",)"
                                  R"("branches":[]}]}]})"),
            "branches[0].branches[0].leaf is \"x\"; it has to be an integer from -2147483648 to "
            "2147483647");
}

TEST(JsonEncoding, AFieldThatIsOptionalMayBeLeftOutAndNoOther) {
  EXPECT_EQ(from_json<orders::Line>(R"({"item":"tea"})").price, std::nullopt);
  EXPECT_EQ(problem<orders::Line>(R"({"price":1})"), "item is missing; it has to be a string");
  EXPECT_EQ(problem<orders::Line>(R"({"item":"tea","prise":1})"),
            "the message has a field prise, which orders::Line has not; it has item, price; "
            "did you mean price?");
  EXPECT_EQ(problem<orders::Empty>(R"({"a":1})"),
            "the message has a field a, which orders::Empty has not; it has none");
  EXPECT_EQ(problem<orders::Empty>("{}"), "");
}

TEST(JsonEncoding, AValueThatDoesNotFitIsNamedWithItsPlaceAndWhatWouldBeRight) {
  const auto with = [](std::string_view field, std::string_view value) {
    std::string text(order);
    const std::size_t begin = text.find("\"" + std::string(field) + "\":") + field.size() + 3;
    return text.substr(0, begin) + std::string(value) +
           text.substr(text.find(field == "number" ? ",\"lines" : ",\"counts", begin));
  };
  EXPECT_EQ(problem<orders::Order>(with("number", "-1")),
            "number is -1; it has to be an integer from 0 to 4294967295");
  EXPECT_EQ(problem<orders::Order>(with("number", "4294967296")),
            "number is 4294967296; it has to be an integer from 0 to 4294967295");
  EXPECT_EQ(problem<orders::Order>(with("number", "1.5")),
            "number is 1.5; it has to be an integer from 0 to 4294967295");
  EXPECT_EQ(problem<orders::Order>(with("number", "100000000000000000000")),
            "number is 1e+20; it has to be an integer from 0 to 4294967295");
  EXPECT_EQ(problem<orders::Order>(with("currency", "\"euro\"")),
            "currency is \"euro\"; it has to be an integer from 0 to 255");
  EXPECT_EQ(problem<orders::Order>("5"),
            "the message is 5; it has to be an object (orders::Order)");
}

TEST(JsonEncoding, AVariantIsTheOneAlternativeThatFits) {
  using Either = std::variant<std::int32_t, std::string>;
  using Numbers = std::variant<std::int32_t, double>;
  EXPECT_EQ(from_json<Either>("5"), Either(5));
  EXPECT_EQ(from_json<Either>("\"a\""), Either("a"));
  EXPECT_EQ(from_json<Numbers>(R"({"alternative":1,"value":5})"), Numbers(5.0));
  EXPECT_NE(problem<Numbers>("5").find("fits more than one of its alternatives"),
            std::string::npos);
  EXPECT_NE(problem<Either>("true").find("it has to be one of: an integer"), std::string::npos);
  EXPECT_EQ(problem<Either>(R"({"alternative":2,"value":5})"),
            "alternative is 2; it has to be from 0 to 1");
}

TEST(JsonEncoding, TextThatIsNoJsonIsToldWhere) {
  const std::string reason = problem<orders::Line>("{\"item\": tea}");
  EXPECT_TRUE(reason.starts_with("the message is no JSON: parse error at line 1, column 11"))
      << reason;
  EXPECT_NE(problem<orders::Line>(""), "");
}

TEST(JsonEncoding, DeepOnesAreRefused) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_NE(problem<orders::Line>(deep), "");
}

TEST(JsonDecoding, AnAnswerThatIsNoValueOfItsShapeIsMalformed) {
  const Shape line = shape<orders::Line>();
  EXPECT_FALSE(decode_to_json({}, line).ok());
  const std::byte junk[] = {std::byte{0x92}, std::byte{0x05}, std::byte{0xc0}};
  EXPECT_EQ(decode_to_json(junk, line).error().code(), troupe::ErrorCode::malformed);
  const std::byte two[] = {std::byte{0x05}, std::byte{0x05}};
  EXPECT_FALSE(decode_to_json(two, shape<int>()).ok());
  const std::vector<std::byte> deep(1'000, std::byte{0x91});
  EXPECT_FALSE(decode_to_json(deep, shape<orders::Tree>()).ok());
  EXPECT_FALSE(decode_to_json(deep, shape_of("unknown").value()).ok());
}

TEST(JsonEncoding, OfACodecOfItsOwnIsTakenAsItIs) {
  const Shape opaque = shape_of("msgpack bank::Old").value();
  const auto bytes = encode_json(R"([1,"a",{"b":null}])", opaque);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(decode_to_json(*bytes, opaque), R"([1,"a",{"b":null}])");
}

TEST(JsonEncoding, AKeyThatIsAnIntegerIsWithinTheLimitsOfItsType) {
  using Unsigned = std::map<std::uint64_t, int>;
  using Signed = std::map<std::int64_t, int>;
  EXPECT_EQ(from_json<Unsigned>(R"({"0":1,"18446744073709551615":2})"),
            (Unsigned{{0, 1}, {18'446'744'073'709'551'615U, 2}}));
  EXPECT_EQ(from_json<Signed>(R"({"-9223372036854775808":1,"9223372036854775807":2})"),
            (Signed{{std::numeric_limits<std::int64_t>::min(), 1},
                    {std::numeric_limits<std::int64_t>::max(), 2}}));
  EXPECT_EQ(problem<Unsigned>(R"({"18446744073709551616":1})"),
            "18446744073709551616 is \"18446744073709551616\"; it has to be an integer from 0 to "
            "18446744073709551615");
  for (const char* key : {"-1", "-18446744073709551616", "99999999999999999999999", "", "1x"}) {
    EXPECT_NE(problem<Unsigned>("{\"" + std::string(key) + "\":1}"), "") << key;
  }
  for (const char* key : {"9223372036854775808", "-9223372036854775809", "-", "+1", " 1"}) {
    EXPECT_NE(problem<Signed>("{\"" + std::string(key) + "\":1}"), "") << key;
  }
}

TEST(JsonEncoding, AKeyIsOnceInItsMapAndInItsObject) {
  EXPECT_EQ(problem<orders::Line>(R"({"item":"tea","item":"nuts"})"),
            "the message has the key item twice in one object");
  EXPECT_EQ((problem<std::map<int, int>>(R"({"1":1,"01":2})")),
            "1 is a key that the map has already");
  EXPECT_EQ((problem<std::map<bool, int>>("[[true,1],[false,2],[true,3]]")),
            "[2][0] is a key that the map has already");
  EXPECT_EQ(problem<std::vector<orders::Line>>(R"([{"item":"a"},{"item":"a"}])"), "");
}

TEST(JsonEncoding, ANumberThatItsTypeWouldChangeIsRefused) {
  EXPECT_EQ(from_json<double>("9007199254740992"), 9'007'199'254'740'992.0);
  EXPECT_EQ(from_json<double>("-36028797018963968"), -36'028'797'018'963'968.0);
  EXPECT_EQ(problem<double>("9007199254740993"),
            "the message is 9007199254740993, an integer that a number of 64 bits has not without "
            "a change");
  EXPECT_NE(problem<double>("-9007199254740993"), "");
  EXPECT_NE(problem<double>("18446744073709551615"), "");
  EXPECT_EQ(from_json<double>("100000000000000000000"), 1e20);
  EXPECT_NE(problem<double>("100000000000000000001").find("the number 100000000000000000001"),
            std::string::npos);
  EXPECT_EQ(from_json<float>("16777216"), 16'777'216.0F);
  EXPECT_NE(problem<float>("16777217"), "");
  EXPECT_EQ(from_json<float>("0.1"), 0.1F);
  EXPECT_EQ(problem<float>("1e300"),
            "the message is 1e+300; a number of 32 bits is 3.4028235e+38 at most");
  EXPECT_NE(problem<float>("-1e300"), "");
  for (const char* json : {"1e999", "-1e999", "[1e999]"}) {
    EXPECT_NE(problem<double>(json).find("1e999, which is larger than any type"), std::string::npos)
        << problem<double>(json);
    EXPECT_FALSE(check_json(json).ok());
  }
}

TEST(JsonEncoding, MayBeAsDeepAsAMessage) {
  const auto tree = [](int levels) {
    std::string text = R"({"leaf":0,"branches":[]})";
    for (int i = 1; i < levels; ++i) text = R"({"leaf":0,"branches":[)" + text + "]}";
    return text;
  };
  EXPECT_EQ(to_json(from_json<orders::Tree>(tree(32))), tree(32));
  EXPECT_NE(problem<orders::Tree>(tree(33)).find("more deeply than the 64 levels"),
            std::string::npos);
  using Pairs = std::map<bool, std::map<bool, std::map<bool, int>>>;
  EXPECT_EQ(from_json<Pairs>("[[true,[[true,[[false,5]]]]]]").at(true).at(true).at(false), 5);
  const Shape opaque = shape_of("msgpack bank::Old").value();
  EXPECT_TRUE(encode_json(std::string(64, '[') + std::string(64, ']'), opaque).ok());
  EXPECT_FALSE(encode_json(std::string(65, '[') + std::string(65, ']'), opaque).ok());
}

TEST(JsonEncoding, TheAlternativeThatFitsIsEncodedOnce) {
  std::string json = R"({"next":0})";
  for (int i = 1; i < 21; ++i) json = R"({"next":[)" + json + "]}";
  const auto bytes = encode_json(json, shape<orders::Chain>());
  ASSERT_TRUE(bytes.ok()) << bytes.error().context();
  EXPECT_TRUE(troupe::wire::decode<orders::Chain>(*bytes).ok());
}

TEST(JsonEncoding, VariantsThatMayFitInTooManyWaysAreGivenUp) {
  const Shape shape = shape_of("a::S{n: variant<nil, (a::S, int32), (a::S, string)>}").value();
  std::string json = R"({"n":null})";
  for (int i = 1; i < 21; ++i) json = R"({"n":[)" + json + ",true]}";
  const auto bytes = encode_json(json, shape);
  ASSERT_FALSE(bytes.ok());
  EXPECT_NE(bytes.error().context().find("too long to find which alternatives"), std::string::npos);
}

TEST(JsonEncoding, ARefIsAPath) {
  const Shape ref = shape_of("ref").value();
  const auto bytes = encode_json("\"troupe://a@b:1/user/x\"", ref);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(decode_to_json(*bytes, ref), "\"troupe://a@b:1/user/x\"");
  EXPECT_EQ(decode_to_json(encode_json("null", ref).value(), ref), "null");
}

TEST(JsonEncoding, ARefIsAWholePathWithItsNode) {
  const Shape ref = shape_of("ref").value();
  for (const char* text : {"", "x", "/user/x", "troupe://a@b/user/x", "troupe://a@b:1",
                           "a@b:1#7f/12", "troupe://a@b:1/user/a b", "troupe://a@b:1//x"}) {
    const auto bytes = encode_json("\"" + std::string(text) + "\"", ref);
    ASSERT_FALSE(bytes.ok()) << text;
    EXPECT_NE(bytes.error().context().find("a path looks like"), std::string::npos)
        << bytes.error().context();
  }
}

TEST(JsonDecoding, WhatMovesACursorIsAnEscape) {
  EXPECT_EQ(to_json<std::string>("a\x1b[2J\x7f\xc2\x9b\xc3\xa9\xc2\xa9"),
            "\"a\\u001b[2J\\u007f\\u009b\xc3\xa9\xc2\xa9\"");
}

}  // namespace
