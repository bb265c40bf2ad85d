// What a MailboxWindow does with the messages that it finds, one of which may have ended the
// process before.
#include <string>

#include "window_on_queue.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;
using runtime::Settled;

TEST(MailboxWindowOfATakeOver, GivesEachMessageOutOnlyOnceItIsWrittenThatItWasBegun) {
  Window window(3, {}, {}, true);
  EXPECT_EQ(window.give(), Numbers{});

  window.write();
  EXPECT_EQ(window.attempts(), (Attempts{1, 1}));
  EXPECT_EQ(window.give(), (Numbers{1}));
  EXPECT_EQ(window.write(), 0);

  window.settle(1);
  EXPECT_EQ(window.give(), Numbers{});
  window.write();
  EXPECT_EQ(window.cursor(), 1U);
  EXPECT_EQ(window.attempts(), (Attempts{2, 1}));
  EXPECT_EQ(window.give(), (Numbers{2}));
}

TEST(MailboxWindowOfATakeOver, GivesMessagesOutAsEverBehindThoseItHasFound) {
  Window window(2, {}, {}, true);
  window.core().note_last({1, 5});
  window.write();
  EXPECT_EQ(window.give(), (Numbers{1}));
  window.settle(1);
  window.write();

  EXPECT_EQ(window.give(), (Numbers{2, 3, 4, 5}));
}

TEST(MailboxWindowOfATakeOver, BuriesTheMessageThatHasEndedEachProcessAndNotItsNeighbours) {
  Attempts attempts;
  std::uint64_t lives = 1;  // One that died when message 1 of 3 was handled.
  while (true) {
    Window window(3, {.retries = 5}, attempts, true);
    window.write();
    const Numbers given = window.give();
    if (given != Numbers{1}) {
      ASSERT_EQ(window.dead.size(), 1U);
      EXPECT_EQ(window.dead[0].number, 1U);
      EXPECT_EQ(window.dead[0].attempts, 6U);
      EXPECT_EQ(given, (Numbers{2}));
      break;
    }
    attempts = window.attempts();
    ++lives;
    ASSERT_LT(lives, 20U);
  }
  EXPECT_EQ(lives, 7U);
}

TEST(MailboxWindowOfATakeOver, DoesNotCountALifeThatHasEndedInOrder) {
  Attempts attempts;
  for (int life = 0; life < 10; ++life) {
    Window window(3, {.retries = 5}, attempts, true);
    window.write();
    ASSERT_EQ(window.give(), (Numbers{1}));
    window.core().close();
    window.settle(1, Settled::kept);
    window.write();
    attempts = window.attempts();
    EXPECT_EQ(attempts, Attempts{});
  }
}

TEST(MailboxWindowOfATakeOver, WaitsForATaskThatItsHandlerHasLeftButNotForEver) {
  Window window(2, {}, {}, true);
  window.write();
  EXPECT_EQ(window.give(), (Numbers{1}));
  window.put_aside(1, false, t0 + 1s);

  EXPECT_EQ(window.give(t0 + 999ms), Numbers{});
  EXPECT_EQ(window.core().next_time(t0), t0 + 1s);
  EXPECT_EQ(window.give(t0 + 1s), (Numbers{2}));
}

TEST(MailboxWindowOfATakeOver, BuriesATaskThatEndsEachProcessLateAndNotItsNeighbour) {
  Attempts attempts;
  for (int life = 0; life < 6; ++life) {
    Window window(2, {.retries = 5}, attempts, true);
    window.write();
    ASSERT_EQ(window.give(), (Numbers{1})) << life;
    window.put_aside(1, false);
    window.write();
    EXPECT_EQ(window.give(), (Numbers{2})) << "it is handled meanwhile";
    window.write();
    attempts = window.attempts();
  }
  EXPECT_EQ(attempts, (Attempts{1, 6}));

  Window window(2, {.retries = 5}, attempts, true);
  window.write();
  ASSERT_EQ(window.dead.size(), 1U);
  EXPECT_EQ(window.dead[0].number, 1U);
  EXPECT_EQ(window.give(), (Numbers{2}));
}

TEST(MailboxWindowOfATakeOver, GivesWhatWasKeptOutAgain) {
  Window window(2, {}, {}, true);
  window.write();
  EXPECT_EQ(window.give(), (Numbers{1}));
  window.settle(1, Settled::kept);
  window.write();

  EXPECT_EQ(window.give(), (Numbers{1}));
}

TEST(MailboxWindowOfATakeOver, DoesNotCountWhatIsLeftWhereALifeEndsInOrder) {
  Window window(2, {}, {}, true);
  window.write();
  EXPECT_EQ(window.give(), (Numbers{1}));
  window.share(1);
  window.settle(1);
  window.write();
  EXPECT_EQ(window.attempts(), (Attempts{1, 1}));
  window.core().close();
  window.write();

  EXPECT_EQ(window.attempts(), Attempts{});
}

TEST(MailboxWindowOfATakeOver, RemembersTheFailuresOfAMessageThatIsLeftInTheEnd) {
  Window window(2);
  window.give();
  window.settle(2);
  window.settle(1, Settled::failed);
  window.write();
  window.give(t0 + 1s);
  window.share(1);
  window.settle(1, Settled::handled, t0 + 1s);
  window.write();

  EXPECT_EQ(window.attempts(), (Attempts{1, 1}));
}

TEST(MailboxWindowOfATakeOver, DoesNotWaitForWhatItsHandlerHasLeftForLater) {
  Window window(2, {}, {}, true);
  window.write();
  EXPECT_EQ(window.give(), (Numbers{1}));
  window.put_aside(1, false);
  window.write();

  EXPECT_EQ(window.give(), (Numbers{2}));
}

}  // namespace
}  // namespace troupe::persistence
