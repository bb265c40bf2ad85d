#include <gtest/gtest.h>

#include <troupe/transport/identity/epoch_agreement.hpp>

namespace {

using namespace troupe::transport;

TEST(EpochAgreement, IsReachedInAnEpochThatBothHaveSaid) {
  EXPECT_EQ(agree_on_epoch(1, 1, 1), EpochAgreement::agreed);
  EXPECT_EQ(agree_on_epoch(7, 7, 7), EpochAgreement::agreed);
}

TEST(EpochAgreement, IsSoughtAgainWithWhoIsFurther) {
  EXPECT_EQ(agree_on_epoch(1, 2, 2), EpochAgreement::say_again);
  EXPECT_EQ(agree_on_epoch(3, 9, 9), EpochAgreement::say_again);
  EXPECT_EQ(agree_on_epoch(3, 9, 10), EpochAgreement::say_again);
}

TEST(EpochAgreement, ComesTooLateWhereAnEpochHasEndedSinceTheHello) {
  EXPECT_EQ(agree_on_epoch(1, 1, 2), EpochAgreement::too_late);
  EXPECT_EQ(agree_on_epoch(3, 2, 3), EpochAgreement::too_late);
  EXPECT_EQ(agree_on_epoch(3, 2, 4), EpochAgreement::too_late);
}

TEST(EpochAgreement, IsImpossiblePastTheLastEpoch) {
  EXPECT_EQ(agree_on_epoch(last_epoch, last_epoch, last_epoch), EpochAgreement::agreed);
  EXPECT_EQ(agree_on_epoch(1, last_epoch + 1, 1), EpochAgreement::impossible);
  EXPECT_EQ(agree_on_epoch(1, UINT64_MAX, UINT64_MAX), EpochAgreement::impossible);
}

TEST(EpochAgreement, TakesAWelcomeWithoutAnEpochForTheOneThatWasSaid) {
  EXPECT_EQ(told_epoch(0, 4), 4U);
  EXPECT_EQ(told_epoch(5, 4), 5U);
}

}  // namespace
