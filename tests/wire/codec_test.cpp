// Tests of wire/codec: values of every supported type, there and back, and across versions.

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <string>
#include <troupe/wire/codec.hpp>
#include <troupe/wire/ref_port.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::wire {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

template <class T>
std::vector<std::byte> encoded(const T& value) {
  Writer writer;
  encode(writer, value);
  return {writer.bytes().begin(), writer.bytes().end()};
}

template <class To, class From>
Result<To> carried(const From& value) {
  return decode<To>(encoded(value));
}

template <class T>
void expect_round_trip(const T& value) {
  const Result<T> back = carried<T>(value);
  ASSERT_TRUE(back.ok()) << back.error().to_string();
  EXPECT_EQ(*back, value);
}

template <class T>
std::string failure(const Result<T>& result) {
  return result.ok() ? "" : result.error().to_string();
}

enum class Colour : std::int16_t { red = 1, deep_blue = -300 };

struct Line {
  std::uint64_t id = 0;
  std::optional<double> price;
  friend bool operator==(const Line&, const Line&) = default;
};

struct Empty {
  friend bool operator==(const Empty&, const Empty&) = default;
};

struct Tree {
  int value = 0;
  std::vector<Tree> children;
  friend bool operator==(const Tree&, const Tree&) = default;
};

TEST(Codec, CarriesIntegersOfAllWidthsToTheirLimits) {
  const auto limits_of = []<class... T>(Types<T...>) {
    ((expect_round_trip(std::numeric_limits<T>::min()), expect_round_trip(T{0}),
      expect_round_trip(static_cast<T>(100)), expect_round_trip(std::numeric_limits<T>::max())),
     ...);
  };
  limits_of(Types<bool, char, signed char, unsigned char, short, unsigned short, int, unsigned,
                  long, unsigned long, long long, unsigned long long, wchar_t, char32_t>());
}

TEST(Codec, CarriesFloatingNumbersBitForBit) {
  expect_round_trip(1.5f);
  expect_round_trip(0.1);
  expect_round_trip(3.0);
  expect_round_trip(-std::numeric_limits<double>::infinity());
  expect_round_trip(std::numeric_limits<double>::denorm_min());
  EXPECT_TRUE(std::signbit(*carried<double>(-0.0)));
  EXPECT_TRUE(std::isnan(*carried<double>(std::nan(""))));
}

TEST(Codec, CarriesValuesWithoutParts) {
  expect_round_trip(Colour::deep_blue);
  expect_round_trip(std::string("text\0with a zero", 16));
  expect_round_trip(std::string(70'000, 'x'));
  expect_round_trip(bytes_of({0, 255, 7}));
  expect_round_trip(std::array{std::byte{1}, std::byte{2}});
  expect_round_trip(std::byte{9});
  expect_round_trip(-5ms);
  expect_round_trip(std::chrono::duration<double>(0.25));
  expect_round_trip(std::chrono::system_clock::time_point(1'700'000'000s));
}

TEST(Codec, CarriesCollections) {
  expect_round_trip(std::vector<int>{});
  expect_round_trip(std::vector<std::string>(20, "twenty"));
  expect_round_trip(std::vector<bool>{true, false, true});
  expect_round_trip(std::deque<std::vector<int>>{{1, 2}, {}});
  expect_round_trip(std::list<Line>{{1, 2.5}, {2, {}}});
  expect_round_trip(std::array<int, 3>{1, -2, 3});
  expect_round_trip(std::set<std::string>{"a", "b"});
  expect_round_trip(std::multiset<int>{4, 4, 5});
  expect_round_trip(std::unordered_set<int>{1, 2, 3});
  expect_round_trip(std::map<std::string, Line>{{"a", {1, 1.0}}, {"b", {}}});
  expect_round_trip(std::multimap<int, int>{{1, 2}, {1, 3}});
  expect_round_trip(std::unordered_map<int, std::set<int>>{{1, {2, 3}}, {4, {}}});
}

TEST(Codec, CarriesWhatIsPutTogether) {
  expect_round_trip(Empty{});
  expect_round_trip(Line{7, 0.5});
  expect_round_trip(std::pair<int, std::string>(1, "one"));
  expect_round_trip(std::tuple<int, Empty, std::vector<int>>(1, {}, {2}));
  expect_round_trip(std::tuple<>());
  expect_round_trip(std::optional<Line>());
  expect_round_trip(std::optional<std::vector<std::optional<int>>>({1, {}, 3}));
  using Choice = std::variant<std::monostate, int, Line, int>;
  expect_round_trip(Choice());
  expect_round_trip(Choice(Line{1, {}}));
  expect_round_trip(Choice(std::in_place_index<3>, 5));
  expect_round_trip(Tree{1, {{2, {}}, {3, {{4, {}}}}}});
}

TEST(Codec, DecodingReplacesWhatACollectionHeld) {
  std::vector<int> values{1, 2, 3};
  const auto bytes = encoded(std::vector<int>{9});
  Reader reader(bytes);

  decode_into(reader, values);

  EXPECT_EQ(values, (std::vector<int>{9}));
}

TEST(Codec, WritesTheseBytes) {
  EXPECT_EQ(encoded(Line{1, {}}), bytes_of({0x92, 1, 0xc0}));
  EXPECT_EQ(encoded(Empty{}), bytes_of({0x90}));
  EXPECT_EQ(encoded(Colour::deep_blue), bytes_of({0xd1, 0xfe, 0xd4}));
  EXPECT_EQ(encoded(bytes_of({5})), bytes_of({0xc4, 1, 5}));
  EXPECT_EQ(encoded(std::map<int, bool>{{1, true}}), bytes_of({0x81, 1, 0xc3}));
  EXPECT_EQ(encoded(std::variant<int, std::string>("x")), bytes_of({0x92, 1, 0xa1, 'x'}));
  EXPECT_EQ(encoded(2s), bytes_of({2}));
  EXPECT_EQ(encoded(1.0), bytes_of({0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0}));
}

namespace versions {
struct Old {
  int cents = 0;
};
struct New {
  int cents = 0;
  std::string currency = "EUR";
  std::vector<int> parts{1, 2};
};
}  // namespace versions

TEST(Codec, AFieldAppendedWithADefaultReadsBytesWithoutIt) {
  const auto read = carried<versions::New>(versions::Old{5});

  ASSERT_TRUE(read.ok()) << failure(read);
  EXPECT_EQ(read->cents, 5);
  EXPECT_EQ(read->currency, "EUR");
  EXPECT_EQ(read->parts, (std::vector<int>{1, 2}));
}

TEST(Codec, AFieldThatTheReaderDoesNotKnowIsSkipped) {
  const auto read = carried<std::vector<versions::Old>>(
      std::vector<versions::New>{{1, "USD", {3}}, {2, "CHF", {}}});

  ASSERT_TRUE(read.ok()) << failure(read);
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].cents, 1);
  EXPECT_EQ((*read)[1].cents, 2);
}

TEST(Codec, AWiderIntegerReadsANarrowerOneAndTheReverseIfItFits) {
  EXPECT_EQ(*carried<std::uint64_t>(std::uint8_t{200}), 200u);
  EXPECT_EQ(*carried<std::int8_t>(100L), 100);
  EXPECT_EQ(failure(carried<std::int8_t>(200)),
            "malformed: the integer 200 is outside -128..127 (at byte 0 of 2)");
  EXPECT_EQ(failure(carried<unsigned short>(-1)),
            "malformed: the integer -1 is outside 0..65535 (at byte 0 of 1)");
}

TEST(Codec, RefusesAnUnknownAlternative) {
  using Choice = std::variant<int, std::string>;
  EXPECT_EQ(failure(decode<Choice>(bytes_of({0x92, 2, 5}))),
            "malformed: the integer 2 is outside 0..1 (at byte 1 of 3)");
  EXPECT_EQ(failure(decode<Choice>(bytes_of({0x93, 0, 5, 5}))),
            "malformed: a variant is an array of index and value (at byte 1 of 4)");
}

TEST(Codec, RefusesAFixedNumberOfElementsThatDiffers) {
  EXPECT_FALSE((decode<std::array<int, 2>>(bytes_of({0x91, 1})).ok()));
  EXPECT_FALSE((decode<std::tuple<int>>(bytes_of({0x92, 1, 2})).ok()));
  EXPECT_FALSE((decode<std::array<std::byte, 2>>(bytes_of({0xc4, 1, 1})).ok()));
}

TEST(Codec, RefusesBytesAfterTheValue) {
  EXPECT_EQ(failure(decode<int>(bytes_of({1, 2, 3}))),
            "malformed: 2 bytes too many (at byte 1 of 3)");
}

struct Ref {
  RefParts parts;
  friend bool operator==(const Ref&, const Ref&) = default;
};

struct Introduce {
  std::string name;
  Ref who;
};

/// Sends the id only, as a port does whose peer knows the targets.
class FakePort : public RefPort {
 public:
  void encode_ref(Writer& writer, const RefParts& ref) override { writer.write_uint(ref.id); }
  RefParts decode_ref(Reader& reader) override { return {0xabc, reader.read_uint()}; }
};

}  // namespace

template <>
struct Codec<Ref> {
  static void encode(Writer& writer, const Ref& ref) {
    TROUPE_CHECK(writer.ref_port() != nullptr, "refs are written with a port");
    writer.ref_port()->encode_ref(writer, ref.parts);
  }

  static void decode(Reader& reader, Ref& ref) {
    if (reader.ref_port() == nullptr) return reader.fail("a ref where none can be read");
    ref.parts = reader.ref_port()->decode_ref(reader);
  }
};

namespace {

TEST(Codec, HandsRefsInsideMessagesToThePort) {
  FakePort port;
  Writer writer(&port);
  encode(writer, Introduce{"bob", {{0x123, 7}}});

  const auto read = decode<Introduce>(writer.bytes(), &port);

  ASSERT_TRUE(read.ok()) << failure(read);
  EXPECT_EQ(read->who, (Ref{{0xabc, 7}}));
  EXPECT_EQ(failure(decode<Introduce>(writer.bytes())),
            "malformed: a ref where none can be read (at byte 5 of 6)");
}

}  // namespace
}  // namespace troupe::wire
