// Tests of wire/type_name: names that two compilers agree on, and their keys.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <troupe/wire/fnv1a.hpp>
#include <troupe/wire/type_name.hpp>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
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
template <class... T>
struct Event {};
template <char sign>
struct Sign {};
struct Hash {};
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

TEST(TypeName, SpellsTemplatesInsideListsOfTypesInOneWay) {
  using std::string;
  EXPECT_EQ((type_name<bank::Event<string, int>>()), "bank::Event<std::string, int>");
  EXPECT_EQ((type_name<bank::Event<std::variant<int, string>>>()),
            "bank::Event<std::variant<int, std::string>>");
  EXPECT_EQ((type_name<bank::Event<std::vector<string>, std::deque<int>, std::list<int>>>()),
            "bank::Event<std::vector<std::string>, std::deque<int>, std::list<int>>");
  EXPECT_EQ((type_name<bank::Event<std::map<string, int>, std::set<int>>>()),
            "bank::Event<std::map<std::string, int>, std::set<int>>");
  EXPECT_EQ((type_name<bank::Event<std::map<int, string, std::greater<int>>>>()),
            "bank::Event<std::map<int, std::string, std::greater<int>>>");
  EXPECT_EQ((type_name<bank::Event<std::map<int, int, std::less<>>>>()),
            "bank::Event<std::map<int, int, std::less<void>>>");
  EXPECT_EQ((type_name<bank::Event<std::map<int, std::less<int>>>>()),
            "bank::Event<std::map<int, std::less<int>>>");
  EXPECT_EQ((type_name<std::tuple<std::unordered_map<string, std::vector<int>>,
                                  std::unordered_set<string>, std::multimap<int, string>>>()),
            "std::tuple<std::unordered_map<std::string, std::vector<int>>, "
            "std::unordered_set<std::string>, std::multimap<int, std::string>>");
  EXPECT_EQ((type_name<bank::Event<std::unordered_map<int, int, bank::Hash>>>()),
            "bank::Event<std::unordered_map<int, int, bank::Hash>>");
  EXPECT_EQ((type_name<bank::Event<std::unordered_multimap<string, int>>>()),
            "bank::Event<std::unordered_multimap<std::string, int>>");
  EXPECT_EQ((type_name<bank::Event<std::vector<std::variant<string>>, std::string_view>>()),
            "bank::Event<std::vector<std::variant<std::string>>, std::basic_string_view<char>>");
  EXPECT_EQ((type_name<bank::Event<std::optional<string>, std::pair<string, int>>>()),
            "bank::Event<std::optional<std::string>, std::pair<std::string, int>>");
  EXPECT_EQ((type_name<std::variant<std::wstring, std::allocator<int>>>()),
            "std::variant<std::basic_string<wchar_t>, std::allocator<int>>");
  EXPECT_EQ((type_name<bank::Event<std::array<string, 2>, bool, long double>>()),
            "bank::Event<std::array<std::string, 2>, bool, long double>");
  EXPECT_EQ((type_name<bank::Event<std::function<void(string)>>>()),
            "bank::Event<std::function<void(std::string)>>");
  EXPECT_EQ((type_name<bank::Event<bank::Sign<'<'>, bank::Sign<'>'>>>()),
            "bank::Event<bank::Sign<'<'>, bank::Sign<'>'>>");
  EXPECT_EQ((type_name<bank::Event<>>()), "bank::Event<>");
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
