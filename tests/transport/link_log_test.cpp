#include <gtest/gtest.h>

#include <troupe/testkit/recording_log.hpp>
#include <troupe/transport/log/link_log.hpp>

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1h};

struct Recorded {
  testkit::RecordingLog lines;
  Reasons refused;
  LinkLog log{Logger(lines, "node"), refused};

  [[nodiscard]] std::size_t count(std::string_view part) const {
    return lines.lines_with(part).size();
  }
};

TEST(LinkLog, LimitsTheLinesOnATopicAndTellsHowManyWereLeftOut) {
  Recorded node;
  const Error error(ErrorCode::malformed, "it is none");
  for (int i = 0; i < 13; ++i) node.log.refuse(error, "b@h:1", t0);
  EXPECT_EQ(node.count("refused from b@h:1"), 10U);
  EXPECT_EQ(node.count("more lines"), 0U);
  EXPECT_TRUE(node.log.admits(LinkLog::Topic::links, t0));

  node.log.tell_suppressed(t0 + 1s);

  EXPECT_EQ(node.count("3 more lines about other nodes were not logged"), 1U);
  TransportCounts counts;
  node.log.count(counts);
  EXPECT_EQ(counts.log_lines_suppressed, 3U);
}

TEST(LinkLog, CountsEachRefusalAndSaysItOnceInAnInterval) {
  Recorded node;
  for (int i = 0; i < 3; ++i) node.log.refuse_again(ErrorCode::refused, "c@h:1", "no key", t0, 10s);
  node.log.refuse_again(ErrorCode::refused, "c@h:1", "no key", t0 + 10s, 10s);

  EXPECT_EQ(node.count("refused c@h:1: no key"), 2U);
  EXPECT_EQ(node.refused.get()[static_cast<std::size_t>(ErrorCode::refused)], 4U);
  TransportCounts counts;
  node.log.count(counts);
  EXPECT_EQ(counts.log_lines_repeated, 2U);
  EXPECT_EQ(counts.log_lines_suppressed, 0U);
}

}  // namespace
}  // namespace troupe::transport
