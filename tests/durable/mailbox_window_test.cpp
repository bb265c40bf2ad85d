#include <troupe/persistence/mailbox/mailbox_window.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;
using runtime::Settled;
using Numbers = std::vector<std::uint64_t>;

constexpr TimePoint t0{1h};

/// A window on a queue that has so many messages, of which storage takes every settling.
class Window {
 public:
  explicit Window(std::uint64_t messages, DurableMailbox settings = {}, Attempts attempts = {},
                  bool is_taken_over = false)
      : window_(settings) {
    state_.last = {1, is_taken_over ? messages : 0};
    state_.attempts = attempts;
    window_.begin(state_);
    window_.note_last({1, messages});
    read();
  }

  void read() {
    while (const auto after = window_.to_read()) {
      window_.add({1, after->number + 1}, std::to_string(after->number + 1));
    }
  }
  /// All that can be given out now.
  Numbers give(TimePoint now = t0) {
    Numbers numbers;
    read();
    while (const auto given = window_.give(now)) {
      givings_[given->number] = given->giving;
      numbers.push_back(given->number);
      read();
    }
    return numbers;
  }
  void settle(std::uint64_t number, Settled outcome = Settled::handled, TimePoint now = t0,
              const std::string& error = "broken") {
    EXPECT_TRUE(window_.settle(number, givings_[number], outcome, error, now)) << number;
  }
  void put_aside(std::uint64_t number, bool is_stashed) {
    window_.put_aside(number, givings_[number], is_stashed);
  }
  /// Writes all that there is; how often that was.
  int write() {
    int batches = 0;
    while (window_.has_news()) {
      SettleBatch_ batch;
      window_.tell(batch);
      for (const Death& one : batch.dead) dead.push_back(one);
      for (const std::uint64_t one : batch.expired) expired.push_back(one);
      state_.cursor = {1, std::max(batch.through, state_.cursor.number)};
      state_.attempts = batch.attempts;
      batch.cursor = state_.cursor;
      batch.last = {1, window_.last()};
      window_.told(batch, true);
      ++batches;
      EXPECT_LT(batches, 100) << "it never has told everything";
      if (batches >= 100) break;
    }
    return batches;
  }
  [[nodiscard]] std::uint64_t cursor() const { return state_.cursor.number; }
  [[nodiscard]] Attempts attempts() const { return state_.attempts; }
  [[nodiscard]] MailboxWindow& core() { return window_; }

  std::vector<Death> dead;
  Numbers expired;

 private:
  struct SettleBatch_ final : SettleBatch {
    void complete() noexcept override {}
  };

  MailboxWindow window_;
  QueueState state_;
  std::map<std::uint64_t, std::uint64_t> givings_;
};

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

// --- A take-over with unsettled messages ---

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
