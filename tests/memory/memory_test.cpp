// Tests of a process without memory, in a program of their own because its operator new fails when
// told to: a tell never throws and never ends anything; what cannot be taken is dropped and
// counted.

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

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

}  // namespace
}  // namespace troupe
