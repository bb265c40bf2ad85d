// Tests of base/result: a value or an error, and Failure where there is no Result to return.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <troupe/base/result.hpp>

namespace troupe {
namespace {

TEST(Result, HoldsTheValueItWasMadeFrom) {
  const Result<int> result = 7;

  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 7);
  EXPECT_EQ(result.value(), 7);
  EXPECT_EQ(result.value_or(0), 7);
}

TEST(Result, HoldsTheErrorItWasMadeFrom) {
  const Result<int> result = Error(ErrorCode::no_such_actor, "/user/account");

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(result.value_or(3), 3);
}

TEST(Result, ThrowsFailureWithTheErrorWhenAValueIsTakenThatIsNotThere) {
  const Result<std::string> result = Error(ErrorCode::timeout, "after 5 s");

  try {
    (void)result.value();
    FAIL() << "value() of a failure returned";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.error(), result.error());
    EXPECT_STREQ(failure.what(), "timeout: after 5 s");
  }
}

TEST(Result, OfNothingIsAValueUnlessItIsAnError) {
  const Result<void> done;
  const Result<void> failed = Error(ErrorCode::shutdown, "");

  EXPECT_TRUE(done.ok());
  EXPECT_NO_THROW(done.value());
  EXPECT_FALSE(failed.ok());
  EXPECT_THROW(failed.value(), Failure);
}

TEST(Result, GivesAwayAValueThatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);

  const std::unique_ptr<int> taken = std::move(result).value();

  EXPECT_EQ(*taken, 5);
}

TEST(Result, ReachesIntoTheValueLikeAPointer) {
  Result<std::string> result = std::string("abc");

  result->push_back('d');
  *result += 'e';

  EXPECT_EQ(*result, "abcde");
}

TEST(Result, IsEqualWhenValuesOrErrorsAre) {
  EXPECT_EQ(Result<int>(1), Result<int>(1));
  EXPECT_FALSE(Result<int>(1) == Result<int>(2));
  EXPECT_FALSE(Result<int>(1) == Result<int>(Error(ErrorCode::timeout, "")));
}

}  // namespace
}  // namespace troupe
