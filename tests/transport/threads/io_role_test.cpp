// The own thread is real here, and so is the clock that it waits by; each wait of a test's has a
// deadline that only a hang reaches.
#include <gtest/gtest.h>
#include <chrono>
#include <functional>
#include <future>
#include <thread>
#include <troupe/base/platform.hpp>
#include <troupe/testkit/manual_clock.hpp>
#include <troupe/transport/sockets/io_role.hpp>

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

template <class Condition>
bool comes_true(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Serves by counting.
class Counter final : public IoRole {
 public:
  Counter() { clock_ = platform_.clock.get(); }
  /// By another clock than that of the poll.
  explicit Counter(const Clock& clock) { clock_ = &clock; }
  ~Counter() override {
    if (own_.joinable()) end();
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  void start() {
    own_ = std::thread([this] {
      own_id = std::this_thread::get_id();
      while (!stopping_) {
        if (!serve_as_own()) wait_as_own(false);
      }
      with_role([this] { end_service(); });
    });
  }
  void end() {
    stopping_ = true;
    abandon();
    own_.join();
  }
  void end_service_now() {
    with_role([this] { end_service(); });
  }
  /// Something is due now, and so often after that.
  void make_due_every(Duration period) {
    with_role([&] {
      period_ = period;
      due_ = clock_->now();
    });
    wake();
  }

  [[nodiscard]] bool any_sleeps() noexcept { return poll_.any_sleeps(); }

  std::atomic<unsigned> signals{0};  ///< That were seen.
  std::atomic<unsigned> beats{0};    ///< Times that something was due.
  std::atomic<std::thread::id> last_thread;
  std::atomic<std::thread::id> own_id;
  std::function<void()> in_round;

 private:
  bool serve_round() override {
    const bool signalled = poll_.take_signal();
    if (signalled) {
      last_thread = std::this_thread::get_id();
      if (in_round) std::exchange(in_round, nullptr)();
      ++signals;
    }
    if (due_ <= clock_->now()) {
      ++beats;
      due_ = clock_->now() + period_;
    }
    return signalled;
  }
  void mark(const std::vector<EventPoll::Source>& /*sources*/) override {}

  const Platform platform_ = real_platform();
  Duration period_ = std::chrono::hours(1);
  std::atomic<bool> stopping_{false};
  std::thread own_;
};

TEST(IoRole, IsTakenByWhoFlushesWhileItIsFree) {
  Counter role;

  role.flush();

  EXPECT_EQ(role.signals, 1U);
  EXPECT_EQ(role.last_thread.load(), std::this_thread::get_id());
}

TEST(IoRole, IsLeftToWhoHasItAndThatServesWhatWasFlushedMeanwhile) {
  Counter role;
  std::thread::id other;
  role.in_round = [&] {
    std::thread([&] {
      other = std::this_thread::get_id();
      role.flush();
    }).join();
  };

  role.flush();

  EXPECT_EQ(role.signals, 2U);
  EXPECT_NE(role.last_thread.load(), other);
}

TEST(IoRole, HasAPlaceForOneWorker) {
  Counter role;

  EXPECT_TRUE(role.enter());
  EXPECT_FALSE(role.enter());
  role.leave();
  EXPECT_TRUE(role.enter());
  role.leave();
}

TEST(IoRole, WakesTheWorkerThatWaits) {
  Counter role;
  auto waits = std::async([&] {
    if (!role.enter()) return false;
    const bool has_events = role.wait(false);
    if (has_events) role.handle();
    role.leave();
    return has_events;
  });
  role.wake();

  EXPECT_TRUE(waits.get());
  EXPECT_EQ(role.signals, 1U);
}

TEST(IoRole, AnInterruptionEndsTheWaitOfTheWorkerOrItsNextOne) {
  Counter role;
  ASSERT_TRUE(role.enter());

  role.interrupt();

  EXPECT_FALSE(role.wait(false));
  role.leave();
}

TEST(IoRole, WaitsNoLongerThanUntilSomethingIsDue) {
  Counter role;
  role.make_due_every(1ms);
  ASSERT_TRUE(role.enter());

  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(role.wait(false));
    role.handle();
  }

  role.leave();
  EXPECT_GE(role.beats, 3U);
}

TEST(IoRole, TheOwnThreadServesWhereTheWorkerInThePlaceIsNotAsleep) {
  Counter role;
  role.start();
  ASSERT_TRUE(role.enter());

  role.wake();

  EXPECT_TRUE(comes_true([&] { return role.signals == 1U; }));
  EXPECT_EQ(role.last_thread.load(), role.own_id.load());
  role.leave();
}

TEST(IoRole, TheOwnThreadSeesToWhatIsDueWhereNoWorkerComesBack) {
  Counter role;
  ASSERT_TRUE(role.enter());
  role.start();
  role.make_due_every(1ms);
  role.leave();

  role.look_after(false);
  role.look_after(false);
  const unsigned before = role.beats;

  EXPECT_TRUE(comes_true([&] { return role.beats >= before + 5; }));
}

/// It sleeps for as long as it was when it went to sleep.
TEST(IoRole, WhatIsDueIsSeenToAtOnceThoughTheOwnThreadSleepsUntilLater) {
  testkit::ManualClock clock;
  Counter role(clock);
  role.make_due_every(1h);
  role.start();
  ASSERT_TRUE(comes_true([&] { return role.beats == 1U && role.any_sleeps(); }));
  clock.advance(1h);

  role.look_after(false);
  role.look_after(false);

  EXPECT_TRUE(comes_true([&] { return role.beats == 2U; }));
}

TEST(IoRole, LateMailIsSentByOthers) {
  Counter role;
  role.start();

  role.look_after(true);

  EXPECT_TRUE(comes_true([&] { return role.signals == 1U; }));
}

TEST(IoRole, AnInterruptionThatHasComeTooLateIsEndedByTheOwnThread) {
  Counter role;
  role.start();
  role.interrupt();

  ASSERT_TRUE(comes_true([&] {
    if (!role.enter()) return false;
    const bool has_events = role.wait(true);
    role.leave();
    return !has_events;
  }));
  role.wake();

  EXPECT_TRUE(comes_true([&] { return role.signals == 1U; }));
}

TEST(IoRole, OfAnAbandonedOneTheOwnThreadIsInCharge) {
  Counter role;
  ASSERT_TRUE(role.enter());
  role.start();
  role.leave();

  role.abandon();
  role.make_due_every(1ms);

  EXPECT_TRUE(comes_true([&] { return role.beats >= 5U; }));
  EXPECT_EQ(role.last_thread.load(), role.own_id.load());
}

TEST(IoRole, TheOwnThreadSeesItsEndThoughAWorkerTakesTheSignal) {
  for (int round = 0; round < 200; ++round) {
    Counter role;
    role.start();
    std::atomic<bool> is_over{false};
    std::thread worker([&] {
      while (!is_over && role.enter()) {
        if (role.wait(false)) role.handle();
        role.leave();
      }
    });
    role.wake();

    role.end();  // Hangs otherwise.

    is_over = true;
    worker.join();
  }
}

TEST(IoRole, ServesNothingAfterItsEnd) {
  Counter role;
  role.end_service_now();

  role.flush();

  EXPECT_FALSE(role.enter());
  EXPECT_EQ(role.signals, 0U);
}

}  // namespace
}  // namespace troupe::transport
