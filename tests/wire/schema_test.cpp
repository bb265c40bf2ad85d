// Tests of wire/schema: what a type is said to look like, and the hash of that.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <map>
#include <string>
#include <troupe/wire/schema.hpp>
#include <vector>

namespace bank {

enum class Currency : unsigned char { euro };
struct Line {
  std::uint64_t id;
  std::optional<double> price;
};
struct Deposit {
  int cents;
  std::string note;
  std::vector<Line> lines;
};
struct Tree {
  int value;
  std::vector<Tree> children;
};
struct Money {
  std::int64_t cents;
};

namespace later {
struct Version {
  static constexpr std::string_view wire_name = "bank::Version";
  int a;
  int b = 0;
};
}  // namespace later
struct Version {
  int a;
};

}  // namespace bank

template <>
struct troupe::wire::Codec<bank::Money> {
  static void encode(Writer& writer, const bank::Money& money) { writer.write_int(money.cents); }
  static void decode(Reader& reader, bank::Money& money) { money.cents = reader.read_int(); }
  static constexpr std::uint64_t fingerprint() { return 0x2a; }
};

namespace troupe::wire {
namespace {

TEST(Schema, DescribesAStructByNameAndTheTypesOfItsFields) {
  EXPECT_EQ(describe<bank::Deposit>(),
            "bank::Deposit{cents: int32, note: string, "
            "lines: [bank::Line{id: uint64, price: optional<float64>}]}");
}

TEST(Schema, DescribesWhatTheWireTellsApart) {
  EXPECT_EQ(describe<bank::Currency>(), "bank::Currency:uint8");
  EXPECT_EQ((describe<std::map<std::string, bool>>()), "map<string, bool>");
  EXPECT_EQ((describe<std::pair<float, std::tuple<>>>()), "(float32, ())");
  EXPECT_EQ((describe<std::array<short, 12>>()), "12[int16]");
  EXPECT_EQ((describe<std::array<std::byte, 16>>()), "bytes 16");
  EXPECT_EQ((describe<std::variant<std::monostate, std::vector<std::byte>>>()),
            "variant<nil, bytes>");
  EXPECT_EQ(describe<std::chrono::milliseconds>(), "duration 1/1000<int64>");
}

TEST(Schema, NamesATypeInsideItself) {
  EXPECT_EQ(describe<bank::Tree>(), "bank::Tree{value: int32, children: [bank::Tree]}");
}

TEST(Schema, TakesAFingerprintFromACodecThatHasOne) {
  EXPECT_EQ(describe<bank::Money>(), "bank::Money#000000000000002a");
}

TEST(Fingerprint, IsTheHashOfTheDescription) {
  static_assert(fingerprint<bank::Deposit>() != 0);
  EXPECT_EQ(fingerprint<bank::Deposit>(), Fnv1a().append(describe<bank::Deposit>()).value());
}

TEST(Fingerprint, DiffersWhenAFieldIsAppended) {
  EXPECT_EQ(type_key<bank::Version>, type_key<bank::later::Version>);
  EXPECT_NE(fingerprint<bank::Version>(), fingerprint<bank::later::Version>());
}

TEST(Fingerprint, IsTheSameForCollectionsThatReadEachOther) {
  EXPECT_EQ(fingerprint<std::vector<int>>(), fingerprint<std::vector<std::int32_t>>());
  EXPECT_EQ((fingerprint<std::map<int, int>>()), (fingerprint<std::multimap<int, int>>()));
}

}  // namespace
}  // namespace troupe::wire
