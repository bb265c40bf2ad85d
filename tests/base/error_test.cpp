// Tests of base/error: the closed list of codes and the reason of an error.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <troupe/base/error.hpp>

namespace troupe {
namespace {

TEST(ErrorCode, HasANameOfItsOwnForEveryCodeOfTheList) {
  std::set<std::string_view> names;

  for (std::uint8_t code = 1; code < error_code_count; ++code) {
    names.insert(to_string(static_cast<ErrorCode>(code)));
  }

  EXPECT_EQ(names.size(), error_code_count - 1);
  EXPECT_EQ(names.count("unknown_code"), 0U);
}

TEST(ErrorCode, IsUnknownOutsideTheList) {
  EXPECT_EQ(to_string(static_cast<ErrorCode>(0)), "unknown_code");
  EXPECT_EQ(to_string(static_cast<ErrorCode>(error_code_count)), "unknown_code");
}

TEST(ErrorCode, KeepsTheNumbersThatGoOverTheWire) {
  EXPECT_EQ(static_cast<int>(ErrorCode::timeout), 1);
  EXPECT_EQ(static_cast<int>(ErrorCode::malformed), 14);
  EXPECT_EQ(static_cast<int>(ErrorCode::limit_reached), 25);
}

TEST(Error, PutsCodeAndContextInOneLine) {
  EXPECT_EQ(Error(ErrorCode::timeout, "after 5 s").to_string(), "timeout: after 5 s");
  EXPECT_EQ(Error(ErrorCode::timeout, "").to_string(), "timeout");
}

TEST(Error, DoesNotClaimThatARequestWasNotExecutedUnlessTold) {
  EXPECT_FALSE(Error(ErrorCode::timeout, "").definitely_not_executed());
  EXPECT_TRUE(
      Error(ErrorCode::mailbox_full, "", Execution::not_executed).definitely_not_executed());
}

TEST(Error, IsEqualWhenCodeContextAndExecutionAre) {
  const Error error(ErrorCode::refused, "version 2");

  EXPECT_EQ(error, Error(ErrorCode::refused, "version 2"));
  EXPECT_NE(error, Error(ErrorCode::refused, "version 3"));
  EXPECT_NE(error, Error(ErrorCode::killed, "version 2"));
  EXPECT_NE(error, Error(ErrorCode::refused, "version 2", Execution::not_executed));
}

}  // namespace
}  // namespace troupe
