// Tests of a request whose answer is owed already: it is not deferred again.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using testkit::TestSystem;

struct Lookup {
  using Reply = int;
};
struct Release {};

constexpr std::string_view words = "a request has one answer";

TEST(DeferredOnce, ASecondDeferIsAFailureOfTheHandlerOfWhichTheAskerHears) {
  TestSystem system;
  auto debtor = system.spawn("debtor", behavior([](Context& self, Lookup) {
                               auto [reply, later] = self.defer<int>();
                               auto again = self.defer<int>();
                               return again.later;
                             }));

  const auto answer = debtor.ask(Lookup{}).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
  EXPECT_NE(answer.error().context().find(words), std::string::npos) << answer.error().context();
}

TEST(DeferredOnce, TheFirstDeferStandsWhereTheHandlerGoesOn) {
  TestSystem system;
  std::optional<ReplyTo<int>> owed;
  std::string refused;
  auto debtor =
      system.spawn("debtor", behavior(
                                 [&](Context& self, Lookup) {
                                   auto [reply, later] = self.defer<int>();
                                   owed = std::move(reply);
                                   try {
                                     static_cast<void>(self.defer<int>());
                                   } catch (const Failure& failure) {
                                     EXPECT_EQ(failure.error().code(), ErrorCode::refused);
                                     refused = failure.error().context();
                                   }
                                   return later;
                                 },
                                 [&](Release) { owed->set(7); }));
  auto answer = debtor.ask(Lookup{});
  debtor.tell(Release{});

  EXPECT_EQ(answer.get(), 7);
  EXPECT_NE(refused.find(words), std::string::npos);
}

TEST(DeferredOnce, WhatWasForwardedIsNotDeferred) {
  TestSystem system;
  auto other = system.spawn("other", behavior([](Lookup) { return 3; }));
  auto passer = system.spawn("passer", behavior([&](Context& self, Lookup request) {
                               auto forwarded = self.forward(other, request);
                               EXPECT_THROW(static_cast<void>(self.defer<int>()), Failure);
                               return forwarded;
                             }));

  EXPECT_EQ(passer.ask(Lookup{}).get(), 3);
}

TEST(DeferredOnce, WhatNobodyHasAskedMayBeDeferredAnyNumberOfTimes) {
  TestSystem system;
  auto debtor = system.spawn("debtor", behavior([](Context& self, Lookup) {
                               static_cast<void>(self.defer<int>());
                               return self.defer<int>().later;
                             }));
  debtor.tell(Lookup{});
  system.run();

  EXPECT_TRUE(system.log().lines_with("failed").empty());
}

}  // namespace
}  // namespace troupe
