#include <troupe/cluster/membership_times.hpp>

#include <gtest/gtest.h>

namespace troupe::cluster {
namespace {

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

TEST(MembershipTimes, AreThePromisedOnesByDefault) {
  const MembershipTimes times = membership_times({}, 5);

  EXPECT_NEAR(seconds_of(times.silence_min), 3.6, 0.05);
  EXPECT_NEAR(seconds_of(times.silence_max), 4.6, 0.05);
  EXPECT_NEAR(seconds_of(times.crash_acted_upon), 4.7, 0.05);
  EXPECT_NEAR(seconds_of(times.silence_acted_upon), 9.1, 0.05);
  EXPECT_GE(seconds_of(times.pause_tolerated), 7);
}

TEST(MembershipTimes, AreThePromisedOnesOfTheLocalPreset) {
  const MembershipTimes times = membership_times(DetectionSettings::local(), 5);

  EXPECT_NEAR(seconds_of(times.silence_min), 0.5, 0.05);
  EXPECT_NEAR(seconds_of(times.silence_max), 0.6, 0.05);
  EXPECT_NEAR(seconds_of(times.crash_acted_upon), 0.7, 0.05);
  EXPECT_NEAR(seconds_of(times.silence_acted_upon), 1.3, 0.05);
  EXPECT_GE(seconds_of(times.pause_tolerated), 0.9);
}

TEST(MembershipTimes, GrowWithTheLogarithmOfTheMembers) {
  EXPECT_DOUBLE_EQ(membership_times({}, 1).scale, 1);
  EXPECT_DOUBLE_EQ(membership_times({}, 10).scale, 1);
  EXPECT_DOUBLE_EQ(membership_times({}, 1'000).scale, 2);
  EXPECT_NEAR(seconds_of(membership_times({}, 1'000).silence_acted_upon), 13.1, 0.05);
}

TEST(MembershipTimes, SuspicionEndsSoonerTheMoreConfirmIt) {
  const MembershipTimes times = membership_times({}, 5);

  EXPECT_EQ(suspicion_time(times, 0, 4), times.suspicion_max);
  EXPECT_EQ(suspicion_time(times, 3, 4), times.suspicion_min);
  EXPECT_LT(suspicion_time(times, 2, 4), suspicion_time(times, 1, 4));
  EXPECT_EQ(suspicion_time(times, 1, 1), times.suspicion_min);
}

TEST(MembershipTimes, AnOnlyWatcherWaitsForNoConfirmation) {
  const MembershipTimes times = membership_times({}, 2);

  EXPECT_EQ(suspicion_time(times, 0, 0), times.suspicion_min);
}

TEST(MembershipTimes, WhoIsRemovedHasSeenItsOwnSilenceBefore) {
  const MembershipTimes times = membership_times({}, 5);

  EXPECT_GT(times.takeover_margin, times.silence_max * 101 / 100);
}

TEST(MembershipTimes, OfALeaseOutlastTheRequestsThatRenewIt) {
  const MembershipTimes times = membership_times({}, 5);

  EXPECT_EQ(times.lease, std::chrono::seconds(8));
  EXPECT_EQ(times.renewal, std::chrono::milliseconds(500));
  EXPECT_LT(2 * times.table_timeout + times.renewal, times.lease);
  EXPECT_GT(times.lease_margin, times.lease / 50) << "clocks drift by a hundredth";
  EXPECT_GT(times.last_word, times.suspicion_max) << "the majority comes first";
}

}  // namespace
}  // namespace troupe::cluster
