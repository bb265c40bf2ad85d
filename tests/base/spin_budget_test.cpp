#include <gtest/gtest.h>
#include <troupe/base/spin_budget.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::SpinBudget;

TEST(SpinBudget, IsHalvedByEachPauseThatWasTooLongAndWholeAgainAfterAShortOne) {
  SpinBudget spin(40us);
  EXPECT_EQ(spin.budget(), 40us);

  spin.paused_for(1s);
  spin.paused_for(1s);
  EXPECT_EQ(spin.budget(), 10us);

  spin.paused_for(40us);
  EXPECT_EQ(spin.budget(), 40us);
}

TEST(SpinBudget, OfAnIdleThreadIsSoonNothing) {
  SpinBudget spin(50us);
  for (int i = 0; i < 20; ++i) spin.paused_for(1s);

  EXPECT_EQ(spin.budget(), 0us);
}

}  // namespace
