// Tests of wire/type_name: names that two compilers agree on, and their keys.

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <troupe/wire/fnv1a.hpp>
#include <troupe/wire/type_name.hpp>
#include <variant>
#include <vector>

namespace bank {

struct Deposit {
  struct Line {};
  enum class Currency { euro };
};
struct Renamed {
  static constexpr std::string_view wire_name = "bank.v1.Renamed";
};
template <class T, int n>
struct Box {
  template <class U>
  struct Lid {};
};
namespace {
struct Hidden {};
}  // namespace

}  // namespace bank

namespace troupe::wire {
namespace {

TEST(TypeName, IsTheQualifiedName) {
  EXPECT_EQ(type_name<bank::Deposit>(), "bank::Deposit");
  EXPECT_EQ(type_name<bank::Deposit::Line>(), "bank::Deposit::Line");
  EXPECT_EQ(type_name<bank::Deposit::Currency>(), "bank::Deposit::Currency");
  EXPECT_EQ(type_name<bank::Hidden>(), "bank::{anonymous}::Hidden");
}

TEST(TypeName, IsWhatTheTypeDeclares) { EXPECT_EQ(type_name<bank::Renamed>(), "bank.v1.Renamed"); }

TEST(TypeName, SpellsIntegersInOneWay) {
  EXPECT_EQ(type_name<int>(), "int");
  EXPECT_EQ(type_name<short>(), "short");
  EXPECT_EQ(type_name<unsigned>(), "unsigned int");
  EXPECT_EQ(type_name<long>(), "long");
  EXPECT_EQ(type_name<unsigned long>(), "unsigned long");
  EXPECT_EQ(type_name<unsigned long long>(), "unsigned long long");
  EXPECT_EQ(type_name<signed char>(), "signed char");
  EXPECT_EQ(type_name<unsigned char>(), "unsigned char");
  EXPECT_EQ(type_name<const int>(), "const int");
}

TEST(TypeName, SpellsTemplatesInOneWay) {
  EXPECT_EQ(type_name<std::string>(), "std::string");
  EXPECT_EQ((type_name<std::map<std::string, std::vector<std::vector<unsigned short>>>>()),
            "std::map<std::string, std::vector<std::vector<unsigned short>>>");
  EXPECT_EQ((type_name<bank::Box<std::string, -3>::Lid<const char*>>()),
            "bank::Box<std::string, -3>::Lid<const char*>");
  EXPECT_EQ((type_name<std::variant<std::monostate, long>>()),
            "std::variant<std::monostate, long>");
  EXPECT_EQ(type_name<std::chrono::steady_clock>(), "std::chrono::steady_clock");
}

TEST(TypeKey, IsTheFnv1aHashOfTheName) {
  EXPECT_EQ(Fnv1a().append("a").value(), 0xaf63dc4c8601ec8cu);  // the authors' test vectors
  EXPECT_EQ(Fnv1a().append("foobar").value(), 0x85944171f73967e8u);
  EXPECT_EQ(type_key<bank::Deposit>, Fnv1a().append("bank::Deposit").value());
  EXPECT_EQ(type_key<bank::Renamed>, Fnv1a().append("bank.v1.Renamed").value());
}

TEST(TypeKey, IsNeverZero) {
  // The only eight-byte-or-shorter text with hash 0 among the published ones.
  EXPECT_EQ(Fnv1a().append("\xd5\x6b\xb9\x53\x42\x87\x08\x36").value(), 1u);
}

}  // namespace
}  // namespace troupe::wire
