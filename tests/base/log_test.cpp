// Tests of base/log: how arguments get into a line, and which lines reach the sink.

#include <gtest/gtest.h>

#include <string>
#include <troupe/base/error.hpp>
#include <troupe/base/log.hpp>
#include <vector>

namespace troupe {
namespace {

class RecordingLog final : public LogSink {
 public:
  explicit RecordingLog(LogLevel level) : level_(level) {}
  void write(LogLevel, std::string_view source, std::string_view text) noexcept override {
    lines.push_back(std::string(source).append(": ").append(text));
  }
  [[nodiscard]] LogLevel level() const noexcept override { return level_; }

  std::vector<std::string> lines;

 private:
  LogLevel level_;
};

TEST(FillIn, ReplacesEachHoleByTheNextArgument) {
  const std::vector<std::string> arguments = {"worker", "3"};

  EXPECT_EQ(fill_in("{} ended after {} runs", arguments), "worker ended after 3 runs");
}

TEST(FillIn, AppendsWhatHasNoHoleAndLeavesHolesThatHaveNoArgument) {
  const std::vector<std::string> arguments = {"one", "two"};

  EXPECT_EQ(fill_in("just {}", arguments), "just one two");
  EXPECT_EQ(fill_in("{} {} {}", arguments), "one two {}");
}

TEST(FillIn, DoesNotReplaceHolesInsideAnArgument) {
  const std::vector<std::string> arguments = {"{}", "x"};

  EXPECT_EQ(fill_in("{} and {}", arguments), "{} and x");
}

TEST(Logger, WritesInTheNameOfItsSource) {
  RecordingLog sink(LogLevel::info);
  const Logger logger(sink, "/user/account");

  logger.warn("{} cents, {}", 5, Error(ErrorCode::timeout, "late"));

  ASSERT_EQ(sink.lines.size(), 1U);
  EXPECT_EQ(sink.lines[0], "/user/account: 5 cents, timeout: late");
}

TEST(Logger, DropsLinesBelowTheLevelOfTheSink) {
  RecordingLog sink(LogLevel::warn);
  const Logger logger(sink, "bank");

  logger.debug("a");
  logger.info("b");
  logger.warn("c");
  logger.error("d");

  EXPECT_EQ(sink.lines, (std::vector<std::string>{"bank: c", "bank: d"}));
}

TEST(NullLog, TakesNothing) { EXPECT_EQ(null_log()->level(), LogLevel::off); }

}  // namespace
}  // namespace troupe
