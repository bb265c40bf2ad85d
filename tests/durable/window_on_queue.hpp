// Window: a MailboxWindow on a queue that is there in thought only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <troupe/persistence/mailbox/mailbox_window.hpp>
#include <vector>

namespace troupe::persistence {

using Numbers = std::vector<std::uint64_t>;

inline constexpr TimePoint t0{std::chrono::hours(1)};

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
  void settle(std::uint64_t number, runtime::Settled outcome = runtime::Settled::handled,
              TimePoint now = t0, const std::string& error = "broken") {
    EXPECT_TRUE(window_.settle(number, givings_[number], outcome, error, now)) << number;
  }
  void share(std::uint64_t number) { window_.share(number, givings_[number]); }
  void settle_share(std::uint64_t number, runtime::Settled outcome = runtime::Settled::handled) {
    EXPECT_TRUE(window_.settle(number, givings_[number], outcome, "share", t0, true)) << number;
  }
  void put_aside(std::uint64_t number, bool is_stashed, TimePoint until = TimePoint::min()) {
    window_.put_aside(number, givings_[number], is_stashed, until);
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

}  // namespace troupe::persistence
