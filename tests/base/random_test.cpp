// Tests of base/random: the same seed gives the same numbers, from any thread.

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <troupe/base/random.hpp>

namespace troupe {
namespace {

// The first outputs of the authors' splitmix64.c for the seed 1234567.
TEST(Random, GivesTheNumbersOfTheReferenceImplementation) {
  Random random(1'234'567);

  EXPECT_EQ(random.next(), 6'457'827'717'110'365'317U);
  EXPECT_EQ(random.next(), 3'203'168'211'198'807'973U);
  EXPECT_EQ(random.next(), 9'817'491'932'198'370'423U);
}

TEST(Random, RepeatsItselfFromTheSameSeedAndNotFromAnother) {
  Random first(42);
  Random again(42);
  Random other(43);

  const std::uint64_t number = first.next();

  EXPECT_EQ(number, again.next());
  EXPECT_NE(number, other.next());
}

TEST(Random, StaysBelowTheBoundAndReachesEveryNumberUnderIt) {
  Random random(1);
  std::array<int, 6> seen{};

  for (int roll = 0; roll < 600; ++roll) ++seen.at(random.below(6));

  for (const int count : seen) EXPECT_GT(count, 60);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, KeepsUnitNumbersFromZeroUpToButWithoutOne) {
  Random random(7);
  double sum = 0;

  for (int i = 0; i < 1'000; ++i) {
    const double number = random.unit();
    ASSERT_GE(number, 0.0);
    ASSERT_LT(number, 1.0);
    sum += number;
  }

  EXPECT_NEAR(sum / 1'000, 0.5, 0.05);
}

}  // namespace
}  // namespace troupe
