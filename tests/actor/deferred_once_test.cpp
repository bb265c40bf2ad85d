// Tests of a request whose answer is owed already: it is not deferred again.

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
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

TEST(DeferredOnce, WhatWasToldMayBeForwardedToOneThatDefers) {
  TestSystem system;
  int handled = 0;
  auto shard = system.spawn("shard", behavior([&](Context& self, Lookup) {
                              auto [reply, later] = self.defer<int>();
                              ++handled;
                              reply.set(1);
                              return later;
                            }));
  auto front = system.spawn("front", behavior([&](Context& self, Lookup request) {
                              return self.forward(shard, request);
                            }));

  front.tell(Lookup{});
  system.run();
  EXPECT_EQ(handled, 1);
  EXPECT_TRUE(system.log().lines_with("failed").empty());

  EXPECT_EQ(front.ask(Lookup{}).get(), 1);
}

/// Fails the first time, after it has begun to owe its answer; takes what becomes of the request.
class Unlucky : public Actor {
 public:
  using Protocol = Accepts<Lookup, Release>;
  Unlucky(Poison poison, int* handled) : poison_(poison), handled_(handled) {}
  Poison on_poison(const Error&) override { return poison_; }
  Later<int> on(Lookup) {
    auto [reply, later] = defer<int>();
    if (++*handled_ == 1) throw std::runtime_error("the database is away");
    reply.set(*handled_);
    return later;
  }
  void on(Release) { unstash_all(); }

 private:
  Poison poison_;
  int* handled_;
};

TEST(DeferredOnce, ARequestWhoseHandlerFailedIsDeferredAgainWhereItIsHandledAgain) {
  for (const Poison poison : {Poison::retry, Poison::park}) {
    TestSystem system;
    int handled = 0;
    auto unlucky = system.spawn<Unlucky>("unlucky", poison, &handled);

    const auto answer = unlucky.ask(Lookup{}).get();
    unlucky.tell(Release{});
    system.run();

    EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
    EXPECT_EQ(handled, 2);
    EXPECT_EQ(system.log().lines_with("failed").size(), 1U) << "the first time alone";
    EXPECT_EQ(unlucky.ask(Lookup{}).get(), 3);
  }
}

}  // namespace
}  // namespace troupe
