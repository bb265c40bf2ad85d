// What a network may send: every prefix of a message, noise, damaged messages, and lies about
// lengths and depth. Any of it ends in a value or in `malformed`; the sanitizers see to the rest.

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <troupe/wire/msgpack.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::wire {
namespace {

using namespace std::chrono_literals;

struct Packed {
  int id = 0;
  std::vector<std::map<std::string, double>> tables;
  MSGPACK_DEFINE(id, tables)
};

struct Tree {
  std::vector<Tree> children;
  std::optional<std::string> label;
};

struct Everything {
  bool yes = true;
  std::int8_t tiny = -100;
  std::uint64_t huge = 1ull << 60;
  float third = 0.25f;
  double half = 0.1;
  std::string text = "some text that is longer than thirty-one characters";
  std::vector<std::byte> bytes{std::byte{1}, std::byte{2}};
  std::array<std::byte, 2> pair{};
  std::vector<bool> flags{true, false};
  std::deque<std::array<short, 2>> points{{1, 2}, {-300, 400}};
  std::set<std::string> names{"a", "b"};
  std::unordered_map<int, std::string> by_id{{1, "one"}, {100'000, "many"}};
  std::map<std::string, std::pair<int, bool>> by_name{{"x", {1, true}}};
  std::variant<std::monostate, int, std::string> choice = "chosen";
  std::optional<std::tuple<int, std::string>> maybe{{1, "t"}};
  std::chrono::milliseconds pause = 1500ms;
  Tree tree{{{{}, "leaf"}, {}}, {}};
  Packed packed{3, {{{"pi", 3.5}}, {}}};
};

std::vector<std::byte> encoded(const auto& value) {
  Writer writer;
  encode(writer, value);
  return {writer.bytes().begin(), writer.bytes().end()};
}

/// Decodes `bytes` as each of T; false when none accepts them.
template <class... T>
bool anyone_accepts(std::span<const std::byte> bytes) {
  return (static_cast<int>(decode<T>(bytes).ok()) + ...) > 0;
}

constexpr auto accepted = [](std::span<const std::byte> bytes) {
  return anyone_accepts<Everything, Tree, Packed, std::vector<std::string>,
                        std::map<std::uint8_t, std::vector<int>>>(bytes);
};

TEST(HostileInput, NoPrefixOfAMessageIsAMessage) {
  const auto whole = encoded(Everything());
  ASSERT_TRUE(decode<Everything>(whole).ok());

  for (std::size_t size = 0; size < whole.size(); ++size) {
    // In a heap block of its own, so that the address sanitizer sees a read past the end.
    const std::vector<std::byte> prefix(whole.begin(),
                                        whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = decode<Everything>(prefix);
    ASSERT_FALSE(read.ok()) << size;
    ASSERT_EQ(read.error().code(), ErrorCode::malformed);
  }
}

TEST(HostileInput, NoiseIsReadOrRefused) {
  std::mt19937 random(42);
  int refused = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::vector<std::byte> noise(random() % 24);
    for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
    // The first byte decides the type; without help few inputs would get past it.
    if (!noise.empty() && i % 2 == 0) noise[0] = static_cast<std::byte>(0x80 + random() % 32);
    if (!accepted(noise)) ++refused;
  }
  EXPECT_GT(refused, 90'000);
}

TEST(HostileInput, ADamagedMessageIsReadOrRefused) {
  std::mt19937 random(43);
  const auto whole = encoded(Everything());
  for (int i = 0; i < 20'000; ++i) {
    auto damaged = whole;
    for (auto hits = 1 + random() % 3; hits > 0; --hits) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    }
    if (i % 4 == 0) damaged.resize(random() % damaged.size());
    (void)accepted(damaged);
  }
}

TEST(HostileInput, AnAnnouncedLengthIsNotBelieved) {
  for (const int tag : {0xdb, 0xc6, 0xdd, 0xdf, 0xc9}) {
    std::vector<std::byte> lie(5, std::byte{0xff});
    lie[0] = static_cast<std::byte>(tag);
    EXPECT_FALSE(decode<std::string>(lie).ok());
    EXPECT_FALSE(decode<std::vector<std::byte>>(lie).ok());
    EXPECT_FALSE(decode<std::vector<std::uint64_t>>(lie).ok());
    EXPECT_FALSE((decode<std::unordered_map<int, int>>(lie).ok()));
    EXPECT_FALSE(decode<Packed>(lie).ok());
    EXPECT_FALSE(decode<Everything>(lie).ok());
  }
}

TEST(HostileInput, AByteCannotClaimALargeStructWithoutEnd) {
  struct Large {
    std::array<std::uint64_t, 500> numbers{};
  };
  std::vector<std::byte> bytes(100'005, std::byte{0x90});  // 100,000 structs, all of them defaults
  Writer head;
  head.write_array_header(100'000);
  std::copy(head.bytes().begin(), head.bytes().end(), bytes.begin());

  const auto read = decode<std::vector<Large>>(bytes);

  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().context().find("more memory needed"), std::string::npos);
}

/// Each level of a Tree is two arrays: the struct and its list of children.
std::vector<std::byte> nested_tree(int levels) {
  Writer writer;
  for (int i = 0; i < levels; ++i) {
    writer.write_array_header(1);
    writer.write_array_header(1);
  }
  writer.write_array_header(0);
  return {writer.bytes().begin(), writer.bytes().end()};
}

TEST(HostileInput, DepthEndsAtTheLimit) {
  EXPECT_TRUE(decode<Tree>(nested_tree(31)).ok());

  const auto too_deep = decode<Tree>(nested_tree(32));
  ASSERT_FALSE(too_deep.ok());
  EXPECT_NE(too_deep.error().context().find("nested deeper than 64"), std::string::npos);
  EXPECT_FALSE(decode<Tree>(nested_tree(1'000'000)).ok());

  std::vector<std::byte> arrays(1'000'000, std::byte{0x91});
  EXPECT_FALSE(decode<Packed>(arrays).ok());
}

/// Keys that all fall into one bucket of a table with room for so many.
std::map<std::uint64_t, int> colliding_keys(std::size_t count) {
  std::unordered_map<std::uint64_t, int> table;
  table.reserve(count);
  std::map<std::uint64_t, int> keys;
  for (std::size_t i = 0; i < count; ++i) keys.emplace(i * table.bucket_count(), 0);
  return keys;
}

TEST(HostileInput, KeysThatWereChosenToCollideAreRefusedBeforeTheyCostTheirSquare) {
  const auto map = encoded(colliding_keys(100'000));

  const auto read = decode<std::unordered_map<std::uint64_t, int>>(map);

  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ErrorCode::malformed);
  EXPECT_NE(read.error().context().find("collide"), std::string::npos);
  std::vector<std::uint64_t> keys;
  for (const auto& [key, mapped] : colliding_keys(100'000)) keys.push_back(key);
  EXPECT_FALSE((decode<std::unordered_set<std::uint64_t>>(encoded(keys)).ok()));
  EXPECT_FALSE((decode<std::unordered_multimap<std::uint64_t, int>>(map).ok()));
}

TEST(HostileInput, SomeKeysThatCollideAreNoAttack) {
  EXPECT_TRUE((decode<std::unordered_map<std::uint64_t, int>>(encoded(colliding_keys(200))).ok()));
  std::unordered_multimap<int, int> equal;
  for (int i = 0; i < 10'000; ++i) equal.emplace(7, i);
  const auto read = decode<std::unordered_multimap<int, int>>(encoded(equal));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->size(), 10'000U);
  std::unordered_map<std::string, int> ordinary;
  for (int i = 0; i < 50'000; ++i) ordinary.emplace(std::to_string(i), i);
  EXPECT_EQ((decode<std::unordered_map<std::string, int>>(encoded(ordinary)).value()), ordinary);
}

}  // namespace
}  // namespace troupe::wire
