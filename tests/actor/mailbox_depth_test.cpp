// Tests of MailboxDepth: how much waits for an actor, counted by itself or for somebody else.

#include <gtest/gtest.h>

#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>

#include "fake_link.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Work {};
struct Aside {};
struct Look {
  using Reply = std::vector<std::size_t>;
};
struct Wait {};

/// Looks at its own depth.
class Clerk : public Actor {
 public:
  using Protocol = Accepts<Work, Aside, Look, Wait>;
  void on(Work) {}
  void on(Aside aside) { stash(aside); }
  std::vector<std::size_t> on(Look) const {
    const MailboxDepth now = depth();
    return {now.queued, now.stashed, now.waiting};
  }
  Task<> on(Wait) { co_await sleep(Duration::max()); }
};

using Depths = std::vector<std::size_t>;

TEST(MailboxDepthInside, IsWhatWaitsBehindTheMessageThatIsHandled) {
  TestSystem system;
  auto clerk = system.spawn<Clerk>("clerk");
  auto first = clerk.ask(Look{});
  EXPECT_EQ(first.get().value(), (Depths{0, 0, 0})) << "alone in the mailbox";

  auto second = clerk.ask(Look{});
  for (int i = 0; i < 3; ++i) clerk.tell(Work{});
  EXPECT_EQ(second.get().value(), (Depths{3, 0, 0}));
}

TEST(MailboxDepthInside, KnowsTheStash) {
  TestSystem system;
  auto clerk = system.spawn<Clerk>("clerk");
  clerk.tell(Aside{});
  clerk.tell(Aside{});

  EXPECT_EQ(clerk.ask(Look{}).get().value(), (Depths{0, 2, 0}));
}

TEST(MailboxDepthOutside, IsCountedAheadOfWhatWaits) {
  TestSystem system;
  auto clerk = system.spawn<Clerk>("clerk");
  clerk.tell(Aside{});
  system.run();
  for (int i = 0; i < 3; ++i) clerk.tell(Work{});

  EXPECT_EQ(system.actors().depth_of(clerk).get().value(),
            (MailboxDepth{.queued = 3, .stashed = 1}));
  system.run();
  EXPECT_EQ(system.actors().depth_of(clerk).get().value(), (MailboxDepth{.stashed = 1}));
}

TEST(MailboxDepthOutside, OfABoundedMailboxKnowsWhatWaitsForRoom) {
  TestSystem system;
  auto clerk = system.actors().spawn<Clerk>("clerk", with(bounded(2, Overflow::block)));
  clerk.tell(Wait{});
  system.run();
  auto sender = system.actors().spawn("sender", behavior([clerk](Context& context, Work) -> Task<> {
                                        for (int i = 0; i < 3; ++i)
                                          static_cast<void>(co_await context.send<Work>(clerk, {}));
                                      }));
  sender.tell(Work{});
  system.run();

  EXPECT_EQ(system.actors().depth_of(clerk).get().value(),
            (MailboxDepth{.queued = 2, .waiting = 1}));
}

TEST(MailboxDepthOutside, OfAnActorThatWaitsInATaskCountsWhatWaitsMeanwhile) {
  TestSystem system;
  auto clerk = system.spawn<Clerk>("clerk");
  clerk.tell(Wait{});
  clerk.tell(Work{});
  system.run();

  EXPECT_EQ(system.actors().depth_of(clerk).get().value().queued, 1U);
}

TEST(MailboxDepthOutside, CountsMessagesOnly) {
  class Times final : public Middleware {
    [[nodiscard]] bool wants_times() const override { return true; }
  };
  TestSystem system;
  auto clerk = system.actors().spawn<Clerk>("clerk", with(middleware(std::make_shared<Times>())));
  clerk.tell(Wait{});
  system.run();
  for (int i = 0; i < 3; ++i) clerk.tell(Work{});
  system.drain(clerk);

  EXPECT_EQ(system.actors().depth_of(clerk).get().value().queued, 3U);
}

TEST(MailboxDepthOutside, MayBeAwaitedByTheActorItIsAbout) {
  TestSystem system;
  ActorSystem& actors = system.actors();
  auto own =
      system.actors().spawn("own", behavior([&actors](Context& context, Look) -> Task<Depths> {
                              auto depth = co_await actors.depth_of(context.self());
                              co_return Depths{depth.value().queued};
                            }));
  auto depth = own.ask(Look{});
  auto other = own.ask(Look{});

  EXPECT_EQ(depth.get().value(), Depths{1});
  EXPECT_EQ(other.get().value(), Depths{0});
}

TEST(MailboxDepthOutside, OfWhoHasEndedOrIsElsewhereIsAnError) {
  TestSystem system;
  FakeLink link{system.actors()};
  auto clerk = system.spawn<Clerk>("clerk");
  auto waits = system.actors().depth_of(clerk);
  system.stop(clerk);
  system.run();

  EXPECT_TRUE(waits.get().ok());
  EXPECT_EQ(system.actors().depth_of(clerk).get().error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(system.actors().depth_of(AnyRef()).get().error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(system.actors().depth_of(link.actor(9)).get().error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(system.actors().depth_of(clerk, -1ms).get().error().code(), ErrorCode::invalid_setting);
}

}  // namespace
}  // namespace troupe
