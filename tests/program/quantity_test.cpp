#include <gtest/gtest.h>
#include <troupe/program/quantity.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe::program;
using troupe::Duration;

TEST(Quantity, DurationsHaveAUnit) {
  const std::pair<const char*, Duration> cases[] = {
      {"0s", 0s},           {"1ns", 1ns},   {"200us", 200us}, {"1500ms", 1500ms},
      {"10s", 10s},         {"2min", 2min}, {"3h", 3h},       {"1d", 24h},
      {"1.5s", 1500ms},     {"-5ms", -5ms}, {"0.5min", 30s},  {"infinite", Duration::max()},
      {"0.0000000001s", 0s}};
  for (const auto& [text, duration] : cases) {
    const auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, duration) << text;
  }
}

TEST(Quantity, WhatIsNoDurationIsToldWhatOneLooksLike) {
  for (const char* text : {"", "10", "s", "10 s", "10 seconds", "1,5s", "ten", "inf", "nan s",
                           "infs", "1e400s", "10sec", "--1s", "10s "}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code(), troupe::ErrorCode::invalid_setting);
    EXPECT_NE(parsed.error().context().find("\"1500ms\""), std::string::npos) << text;
  }
}

TEST(Quantity, ADurationPastTheLongestIsRefusedAndNotWrapped) {
  for (const char* text : {"9223372037s", "300000d", "1e18h", "-9223372037s"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().context().find("292 years"), std::string::npos) << text;
  }
}

TEST(Quantity, WhatIsWrittenIsReadAsTheSameDuration) {
  for (const Duration duration :
       {Duration(0), Duration(1), Duration(200us), Duration(1500ms), Duration(10s), Duration(10min),
        Duration(36h), Duration(48h), Duration::max(), Duration::min(), Duration(-3s)}) {
    EXPECT_EQ(parse_duration(text_of(duration)).value(), duration) << text_of(duration);
  }
  EXPECT_EQ(text_of(1500ms), "1500ms");
  EXPECT_EQ(text_of(10s), "10s");
  EXPECT_EQ(text_of(Duration::max()), "infinite");
}

TEST(Quantity, SizesAreBytesOrHaveAUnit) {
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("12B"), 12U);
  EXPECT_EQ(parse_size("64KiB"), 65'536U);
  EXPECT_EQ(parse_size("16MiB"), 16'777'216U);
  EXPECT_EQ(parse_size("1GiB"), 1'073'741'824U);
  for (const char* text : {"", "MiB", "64MB", "64 MiB", "-1", "1.5MiB", "64mib"}) {
    const auto parsed = parse_size(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().context().find("\"64MiB\""), std::string::npos) << text;
  }
  EXPECT_FALSE(parse_size("99999999999999999999").ok());
  EXPECT_FALSE(parse_size("17179869184GiB").ok());
  EXPECT_EQ(text_of_size(65'536), "64KiB");
  EXPECT_EQ(text_of_size(1'000), "1000B");
  EXPECT_EQ(text_of_size(0), "0B");
}

TEST(Quantity, OtherNumbersAndTruth) {
  EXPECT_EQ(parse_count("0"), 0U);
  EXPECT_FALSE(parse_count("-1").ok());
  EXPECT_FALSE(parse_count("1.5").ok());
  EXPECT_FALSE(parse_count("12 ").ok());
  EXPECT_EQ(parse_real("8"), 8.0);
  EXPECT_EQ(parse_real("8.5"), 8.5);
  EXPECT_FALSE(parse_real("inf").ok());
  EXPECT_FALSE(parse_real("nan").ok());
  EXPECT_EQ(text_of(8.5), "8.5");
  EXPECT_EQ(parse_truth("true"), true);
  EXPECT_EQ(parse_truth("false"), false);
  EXPECT_FALSE(parse_truth("yes").ok());
}

}  // namespace
