#include <string>

#include "window_on_queue.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;
using runtime::Settled;

TEST(MailboxWindow, GivesMessagesOutInOrderAndNoMoreThanItHolds) {
  Window window(10, {.window_messages = 3});

  EXPECT_EQ(window.give(), (Numbers{1, 2, 3}));
  window.settle(1);
  EXPECT_EQ(window.give(), (Numbers{4}));
}

TEST(MailboxWindow, HoldsOneMessageAtLeastHoweverLarge) {
  Window window(3, {.window_bytes = 1});

  EXPECT_EQ(window.give(), (Numbers{1}));
  window.settle(1);
  EXPECT_EQ(window.give(), (Numbers{2}));
}

TEST(MailboxWindow, MovesTheCursorToTheMessageBeforeTheLowestThatIsUnfinished) {
  Window window(5);
  window.give();
  window.settle(2);
  window.settle(3);
  EXPECT_EQ(window.write(), 0);

  window.settle(1);
  EXPECT_EQ(window.write(), 1);

  EXPECT_EQ(window.cursor(), 3U);
}

TEST(MailboxWindow, GivesAFailedMessageOutAgainAfterAPauseAndNothingBehindItBefore) {
  Window window(3, {.retry_pause = 100ms, .window_messages = 1});
  window.give();
  window.settle(1, Settled::failed);

  EXPECT_EQ(window.give(t0 + 99ms), Numbers{});
  EXPECT_EQ(window.core().next_time(), t0 + 100ms);
  EXPECT_EQ(window.give(t0 + 100ms), (Numbers{1}));
}

TEST(MailboxWindow, DoublesThePauseUpToTheLongest) {
  Window window(1, {.retries = 9, .retry_pause = 100ms, .retry_pause_max = 1s});
  TimePoint now = t0;
  std::vector<Duration> pauses;
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(window.give(now), (Numbers{1}));
    window.settle(1, Settled::failed, now);
    pauses.push_back(window.core().next_time() - now);
    now = window.core().next_time();
  }
  EXPECT_EQ(pauses, (std::vector<Duration>{100ms, 200ms, 400ms, 800ms, 1s, 1s}));
}

TEST(MailboxWindow, WritesTheFailuresOfTheMessageThatIsTriedAgain) {
  Window window(2);
  window.give();
  window.settle(1, Settled::failed);
  window.write();
  EXPECT_EQ(window.attempts(), (Attempts{1, 1}));

  window.give(t0 + 1s);
  EXPECT_EQ(window.write(), 0);
  window.settle(1, Settled::handled);
  window.settle(2, Settled::handled);
  window.write();

  EXPECT_EQ(window.attempts(), Attempts{});
}

TEST(MailboxWindow, BuriesAMessageAfterItsRetriesTogetherWithTheCursor) {
  Window window(2, {.retries = 2, .window_messages = 1});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(window.give(t0 + i * 1h), (Numbers{1}));
    window.settle(1, Settled::failed, t0 + i * 1h, "no " + std::to_string(i));
    EXPECT_TRUE(window.dead.empty());
    window.write();
  }

  ASSERT_EQ(window.dead.size(), 1U);
  EXPECT_EQ(window.dead[0].number, 1U);
  EXPECT_EQ(window.dead[0].attempts, 3U);
  EXPECT_EQ(window.dead[0].error, "no 2");
  EXPECT_EQ(window.cursor(), 1U);
  EXPECT_EQ(window.give(t0 + 1h * 3), (Numbers{2}));
}

TEST(MailboxWindow, BuriesWhatNoAttemptCanHelpAtOnceAndCountsWhatHasExpired) {
  Window window(3);
  window.give();
  window.settle(1, Settled::unusable);
  window.settle(2, Settled::expired);
  window.settle(3);
  window.write();

  EXPECT_EQ(window.dead.size(), 1U);
  EXPECT_EQ(window.expired, (Numbers{2}));
  EXPECT_EQ(window.cursor(), 3U);
}

TEST(MailboxWindow, KeepsADeathBackUntilTheCursorPassesIt) {
  Window window(2);
  window.give();
  window.settle(2, Settled::unusable);
  EXPECT_EQ(window.write(), 0);

  window.settle(1);
  window.write();

  EXPECT_EQ(window.dead.size(), 1U);
}

TEST(MailboxWindow, GivesWhatWasKeptOutAgainAtOnceAndInOrder) {
  Window window(3);
  window.give();
  window.settle(3, Settled::kept);
  window.settle(1, Settled::kept);

  EXPECT_EQ(window.give(), (Numbers{1, 3}));
  EXPECT_EQ(window.write(), 0);
}

TEST(MailboxWindow, DoesNotCountWhatIsStashed) {
  Window window(301, {.window_messages = 4});
  Numbers given = window.give();
  std::uint64_t last = 0;
  while (last < 300) {
    for (const std::uint64_t number : given) window.put_aside(number, true);
    last = given.back();
    given = window.give();
    ASSERT_FALSE(given.empty());
  }
  EXPECT_EQ(window.core().given_out(), 301U);
}

TEST(MailboxWindow, HearsOnlyOfTheLastGivingOutOfAMessage) {
  Window window(1);
  const auto first = window.core().give(t0);
  ASSERT_TRUE(first);
  const std::uint64_t giving = first->giving;
  EXPECT_TRUE(window.core().settle(1, giving, Settled::kept, {}, t0));
  ASSERT_TRUE(window.core().give(t0));

  EXPECT_FALSE(window.core().settle(1, giving, Settled::handled, {}, t0));
}

TEST(MailboxWindow, DoesNotGiveTheGivingsOfALifeBeforeAgain) {
  MailboxWindow window({}, 7);
  QueueState state;
  window.begin(state);
  window.add({1, 1}, "1");
  const auto given = window.give(t0);
  ASSERT_TRUE(given);
  EXPECT_EQ(given->giving, 8U);
  EXPECT_EQ(window.givings(), 8U);
  EXPECT_FALSE(window.settle(1, 1, Settled::handled, {}, t0));
}

// --- Shares ---

TEST(MailboxWindow, IsDoneWithAMessageOnceItsHandlingAndAllItsSharesAre) {
  for (const bool share_is_first : {false, true}) {
    Window window(1);
    window.give();
    window.share(1);
    window.share(1);
    if (share_is_first) window.settle_share(1);
    window.settle(1);
    if (!share_is_first) window.settle_share(1);
    EXPECT_EQ(window.write(), 0);

    window.settle_share(1);
    window.write();
    EXPECT_EQ(window.cursor(), 1U);
  }
}

TEST(MailboxWindow, GivesAMessageAgainWhoseShareHasFailedOnceItsHandlingIsOver) {
  Window window(1);
  window.give();
  window.share(1);
  window.share(1);
  window.settle_share(1, Settled::failed);
  EXPECT_EQ(window.core().next_time(), TimePoint::max());

  window.settle(1);
  EXPECT_EQ(window.core().next_time(), t0 + 100ms);
  EXPECT_EQ(window.give(t0 + 1s), (Numbers{1}));
  window.settle(1, Settled::handled, t0 + 1s);
  window.write();
  EXPECT_EQ(window.cursor(), 1U) << "the share that was left is of the giving out before";
}

TEST(MailboxWindow, GivesAMessageAgainAtOnceWhoseHandlingHasFailedWhateverItsSharesDo) {
  Window window(1);
  window.give();
  window.share(1);
  window.settle(1, Settled::failed);

  EXPECT_EQ(window.core().next_time(), t0 + 100ms);
}

TEST(MailboxWindow, NamesTheNextTimeAfterTheOneThatIsGiven) {
  Window window(1);
  window.give();
  window.settle(1, Settled::failed);

  EXPECT_EQ(window.core().next_time(t0 + 99ms), t0 + 100ms);
  EXPECT_EQ(window.core().next_time(t0 + 100ms), TimePoint::max());
}

}  // namespace
}  // namespace troupe::persistence
