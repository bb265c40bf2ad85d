// Tests of wire/serialisable: what can be sent. The words for what cannot: compile_fail/wire_*.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <troupe/wire/codec.hpp>
#include <vector>

namespace troupe::wire {
namespace {

struct Tree {
  std::vector<Tree> children;
};
struct WithMutex {
  int id;
  std::mutex mutex;
};
struct Local {
  static constexpr bool local_message = true;
  std::function<void()> run;
};
struct Remote {
  static constexpr bool local_message = false;
  int id;
};
struct NoDefault {
  int& target;
};

TEST(Serialisable, HoldsForValues) {
  EXPECT_TRUE(Serialisable<int>);
  EXPECT_TRUE((Serialisable<std::map<std::string, std::vector<Tree>>>));
  EXPECT_TRUE(Serialisable<Tree>);
  EXPECT_TRUE(Serialisable<Remote>);
}

TEST(Serialisable, FailsForWhatMeansNothingElsewhere) {
  EXPECT_FALSE(Serialisable<int*>);
  EXPECT_FALSE(Serialisable<int&>);
  EXPECT_FALSE(Serialisable<const int>);
  EXPECT_FALSE(Serialisable<const char*>);
  EXPECT_FALSE(Serialisable<std::string_view>);
  EXPECT_FALSE(Serialisable<std::span<int>>);
  EXPECT_FALSE(Serialisable<int[3]>);
  EXPECT_FALSE(Serialisable<std::thread>);
  EXPECT_FALSE(Serialisable<std::unique_ptr<int>>);
  EXPECT_FALSE(Serialisable<std::shared_ptr<int>>);
  EXPECT_FALSE(Serialisable<std::function<void()>>);
  EXPECT_FALSE(Serialisable<NoDefault>);
}

TEST(Serialisable, LooksIntoFieldsAndElements) {
  EXPECT_FALSE(Serialisable<WithMutex>);
  EXPECT_FALSE((Serialisable<std::map<int, std::vector<std::unique_ptr<int>>>>));
  EXPECT_FALSE((Serialisable<std::variant<int, std::thread>>));
  EXPECT_FALSE((Serialisable<std::pair<int, std::string_view>>));
}

TEST(Serialisable, FailsForAnOptionalWhoseValueMayBeNil) {
  EXPECT_FALSE(Serialisable<std::optional<std::optional<int>>>);
  EXPECT_FALSE(Serialisable<std::optional<std::monostate>>);
}

TEST(LocalMessage, IsWhatTheTypeDeclares) {
  EXPECT_TRUE(is_local<Local>);
  EXPECT_FALSE(is_local<Remote>);
  EXPECT_FALSE(is_local<Tree>);
  EXPECT_FALSE(is_local<int>);
}

}  // namespace
}  // namespace troupe::wire
