// Tests of a process without memory, in a program of their own because its operator new fails when
// told to: a tell never throws and never ends anything; what cannot be taken is dropped and
// counted.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <troupe/base/async_log.hpp>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

#include "allocations.hpp"

namespace troupe {
namespace {

using testkit::TestSystem;

struct Small {
  int number;
};
struct Large {
  std::array<char, 100'000> bytes;
};
struct Text {
  std::string text;
};

class Counter : public Actor {
 public:
  using Protocol = Accepts<Small, Large, Text>;
  void on(const Small&) { ++handled; }
  void on(const Large&) { ++handled; }
  void on(const Text&) { ++handled; }

  static inline int handled = 0;
};

struct WithoutMemory : testing::Test {
  WithoutMemory() { Counter::handled = 0; }
  void expect_balanced_books(std::uint64_t sent) {
    system.run();
    const SystemCounts counts = system.actors().counts();
    EXPECT_EQ(counts.sent, sent);
    EXPECT_EQ(counts.handled, static_cast<std::uint64_t>(Counter::handled));
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }
  std::uint64_t dropped(ErrorCode reason) { return system.actors().dead_letters().count(reason); }
  TestSystem system;
  ActorRef<Counter::Protocol> counter = system.spawn<Counter>("counter");
};

TEST_F(WithoutMemory, AMessageIsDroppedAndCounted) {
  Text text{std::string(1'000, 'x')};
  {
    const NoMemory none;
    counter.tell(Large{});
    for (int i = 0; i < 100'000; ++i) counter.tell(Small{i});
    counter.tell(std::move(text));
  }
  EXPECT_GE(dropped(ErrorCode::limit_reached), 1U);
  expect_balanced_books(100'002);

  counter.tell(Large{});
  expect_balanced_books(100'003);
}

TEST_F(WithoutMemory, ABoundedMailboxDropsAndCounts) {
  for (const Overflow overflow : {Overflow::drop_new, Overflow::drop_oldest, Overflow::reject}) {
    auto bounded_one = system.actors().spawn<Counter>({}, with(bounded(1'000'000, overflow)));
    const std::uint64_t before = system.actors().counts().sent;
    {
      const NoMemory none;
      for (int i = 0; i < 10'000; ++i) bounded_one.tell(Small{i});
    }
    expect_balanced_books(before + 10'000);
  }
}

TEST_F(WithoutMemory, AMessageToAnActorThatHasEndedIsCounted) {
  system.stop(counter);
  system.run();
  {
    const NoMemory none;
    for (int i = 0; i < 10; ++i) counter.tell(Small{i});
  }
  EXPECT_EQ(dropped(ErrorCode::actor_stopped) + dropped(ErrorCode::limit_reached), 10U);
  expect_balanced_books(10);
}

TEST_F(WithoutMemory, AFullMailboxRefusesAndCounts) {
  auto small = system.actors().spawn<Counter>({}, with(bounded(1, Overflow::drop_new)));
  small.tell(Small{1});
  {
    const NoMemory none;
    for (int i = 0; i < 10; ++i) small.tell(Small{i});
  }
  EXPECT_EQ(dropped(ErrorCode::mailbox_full) + dropped(ErrorCode::limit_reached), 10U);
  expect_balanced_books(11);
}

struct Starve {};
struct Feed {};

/// Tells a full mailbox, without memory.
class Teller : public Actor {
 public:
  using Protocol = Accepts<Starve>;
  explicit Teller(AnyRef to) : to_(to) {}
  void on(Starve) {
    const NoMemory none;
    for (int i = 0; i < 10'000; ++i) to_.tell(Small{i});
  }

 private:
  AnyRef to_;
};

TEST_F(WithoutMemory, ARejectionOfWhichItsSenderCannotBeToldIsCounted) {
  auto full = system.actors().spawn<Counter>({}, with(bounded(1, Overflow::reject)));
  auto teller = system.spawn<Teller>({}, AnyRef(full));
  full.tell(Small{0});
  teller.tell(Starve{});
  system.run();

  EXPECT_GE(dropped(ErrorCode::limit_reached), 1U);
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

/// Has no memory from its first message on, and fails for it, until it is fed.
class Hungry : public Actor {
 public:
  using Protocol = Accepts<Starve, Small>;
  void on(Starve) {
    allocations_left = 0;
    throw std::bad_alloc();
  }
  void on(Small) { ++Counter::handled; }
};

class Feeder : public Actor {
 public:
  using Protocol = Accepts<Feed>;
  void on(Feed) { allocations_left = std::numeric_limits<std::size_t>::max(); }
};

TEST_F(WithoutMemory, AFailureIsReportedOnceThereIsSome) {
  auto hungry = system.spawn<Hungry>("hungry");
  auto feeder = system.spawn<Feeder>("feeder");
  hungry.tell(Starve{});
  hungry.tell(Small{1});
  feeder.tell(Feed{});
  system.run();

  EXPECT_EQ(system.log().lines_with("no memory to tell of it").size(), 1U);
  EXPECT_EQ(Counter::handled, 1) << "by the instance after the failure";
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

/// Has no memory when it begins for the first time.
class Stillborn : public Actor {
 public:
  using Protocol = Accepts<Small>;
  void on_start() {
    if (++starts > 1) return;
    allocations_left = 0;
    throw std::bad_alloc();
  }
  void on(Small) { ++Counter::handled; }

  static inline int starts = 0;
};

TEST_F(WithoutMemory, AFailureOfOnStartIsReportedLaterAndOnStartRunsAgain) {
  auto feeder = system.spawn<Feeder>("feeder");
  auto stillborn = system.spawn<Stillborn>("stillborn");
  stillborn.tell(Small{1});
  feeder.tell(Feed{});
  system.run();

  EXPECT_EQ(Stillborn::starts, 2);
  EXPECT_EQ(Counter::handled, 1);
}

/// Ends, or fails, with so many allocations left, in its handler or in on_stop.
class Ending : public Actor {
 public:
  struct Order {
    std::size_t left;
    bool in_on_stop;
  };
  /// Fails, and so does one of the next allocations.
  struct FailWith {
    std::size_t left;
  };
  using Protocol = Accepts<Order, FailWith>;
  void on(Order order) {
    order_ = order;
    stop();
    if (!order.in_on_stop) allocations_left = order.left;
  }
  void on(FailWith order) {
    const std::runtime_error failure("it is told to");
    allocations_until_failure = order.left;
    throw failure;
  }
  void on_stop() override {
    if (order_.in_on_stop) allocations_left = order_.left;
  }

 private:
  Order order_{};
};
using EndingRef = ActorRef<Ending::Protocol>;

class Watcher : public Actor {
 public:
  using Protocol = Accepts<>;
  explicit Watcher(AnyRef watched) { watch(watched); }
  void on(const Terminated&) { ++told; }

  static inline std::atomic<int> told = 0;
};

TEST_F(WithoutMemory, AnEndIsToldHoweverFewAllocationsAreLeft) {
  auto feeder = system.spawn<Feeder>("feeder");
  for (const bool in_on_stop : {false, true}) {
    for (std::size_t left = 0; left <= 20; ++left) {
      SCOPED_TRACE(std::to_string(left) + (in_on_stop ? " in on_stop" : " in the handler"));
      Watcher::told = 0;
      auto ending = system.spawn<Ending>("ending-by-a-name-too-long-to-be-kept-in-place");
      for (int i = 0; i < 3; ++i) system.spawn<Watcher>({}, AnyRef(ending));
      auto stopped = system.actors().stopped(ending);
      system.run();

      ending.tell(Ending::Order{left, in_on_stop});
      feeder.tell(Feed{});
      system.run();

      EXPECT_EQ(Watcher::told, 3);
      EXPECT_TRUE(stopped.is_ready());
      EXPECT_FALSE(
          system.actors().try_find_any("/user/ending-by-a-name-too-long-to-be-kept-in-place").ok());
    }
  }
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  EXPECT_TRUE(system.actors().shutdown().complete());
}

/// Does something, and leaves so many allocations to those that have their turns next.
class Starver : public Actor {
 public:
  struct Order {
    static constexpr bool local_message = true;
    std::function<void()> what;
    std::size_t left;
  };
  using Protocol = Accepts<Order>;
  void on(const Order& order) {
    order.what();
    allocations_left = order.left;
  }
};

/// One worker, which needs no memory itself: actors have their turns in the order of what they are
/// sent.
struct AWorkerWithoutMemory : testing::Test {
  AWorkerWithoutMemory() { Watcher::told = 0; }
  [[nodiscard]] EndingRef spawn_ending(std::size_t left) {
    return threads.spawn<Ending>("a-name-too-long-to-be-kept-in-place-" + std::to_string(left));
  }
  ActorSystem threads{"threads", {.workers = 1}, real_platform(LogLevel::off)};
  ActorRef<Starver::Protocol> starver = threads.spawn<Starver>("starver");
  ActorRef<Feeder::Protocol> feeder = threads.spawn<Feeder>("feeder");
};

/// The watches, and the order to end, are handled in one turn.
TEST_F(AWorkerWithoutMemory, LosesNoSystemMessage) {
  for (std::size_t left = 0; left <= 20; ++left) {
    SCOPED_TRACE(left);
    Watcher::told = 0;
    const auto ending = spawn_ending(left);
    auto stopped = threads.stopped(ending);
    const auto what = [&] {
      for (int i = 0; i < 3; ++i) threads.spawn<Watcher>({}, AnyRef(ending));
      threads.stop(ending);
      feeder.tell(Feed{});
    };
    starver.tell(Starver::Order{what, left});

    testkit::eventually(threads, [&] { return Watcher::told == 3; }, std::chrono::seconds(10));
    EXPECT_TRUE(stopped.get().ok());
  }
}

/// Whichever allocation it is that fails, of the report, the decision or the restart.
TEST_F(AWorkerWithoutMemory, HasTheGuardianDecideOnceThereIsSome) {
  for (std::size_t left = 0; left <= 60; ++left) {
    SCOPED_TRACE(left);
    const auto failing = spawn_ending(left);
    const auto stopped = threads.stopped(failing);

    failing.tell(Ending::FailWith{left});
    failing.tell(Ending::Order{1'000'000, false});  // The next instance does as it is told.

    testkit::eventually(threads, [&] { return stopped.is_ready(); }, std::chrono::seconds(10));
    feeder.tell(Feed{});
  }
}

TEST_F(WithoutMemory, AnAskWhoseHandlerFailsEndsWithItsTimeAtTheLatest) {
  struct Question {
    using Reply = int;
  };
  auto hungry = system.spawn("hungry", behavior([](Question) -> int {
                               allocations_left = 0;
                               throw std::bad_alloc();
                             }));
  auto feeder = system.spawn<Feeder>("feeder");
  auto answer = hungry.ask(Question{}, std::chrono::seconds(1));
  feeder.tell(Feed{});

  EXPECT_FALSE(answer.get().ok());
}

TEST_F(WithoutMemory, ActorsThatBlockAreRunByTheThreadsThatThereAre) {
  ActorSystem threads("threads", {.workers = 1}, real_platform(LogLevel::off));
  struct Answer {
    using Reply = int;
  };
  std::atomic<int> handled{0};
  std::vector<AnyRef> blockers;
  for (int i = 0; i < 100; ++i) {
    blockers.push_back(threads.spawn(
        "", behavior([&](Small) { ++handled; }, [](Answer) { return 1; }), with(blocking())));
  }
  for (const AnyRef& blocker : blockers) EXPECT_EQ(blocker.ask(Answer{}).get(), 1);
  {
    const NoMemory none;
    for (const AnyRef& blocker : blockers) blocker.tell(Small{1});
  }
  for (const AnyRef& blocker : blockers) EXPECT_EQ(blocker.ask(Answer{}).get(), 1);

  EXPECT_EQ(handled + static_cast<int>(threads.dead_letters().count(ErrorCode::limit_reached)),
            100);
}

TEST(ASinkWithoutMemory, DropsALineAndCountsItOrNeedsNone) {
  const auto recording = std::make_shared<testkit::RecordingLog>();
  const auto to_stderr = stderr_log(LogLevel::info);
  const std::string text(1'000, 'x');
  {
    const auto log = async_log(recording);
    {
      const NoMemory none;
      log->write(LogLevel::info, "me", text);
      to_stderr->write(LogLevel::info, "me", "a line of a test, for which there is no memory");
      recording->write(LogLevel::info, "me", text);
    }
    EXPECT_EQ(log->dropped(), 1U);
    log->write(LogLevel::info, "me", text);
  }

  EXPECT_EQ(recording->lost(), 1U);
  EXPECT_EQ(recording->lines_with("1 lines were dropped").size(), 1U);
  EXPECT_EQ(recording->lines_with(text).size(), 1U);
}

}  // namespace
}  // namespace troupe
