// Two systems in one process, whose actors send to each other: a message is in the books of one of
// them from its beginning to its end, so each one's balance.
#include <gtest/gtest.h>
#include <atomic>
#include <thread>
#include <troupe/actor/actor_system.hpp>
#include <troupe/testkit/eventually.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;

struct Note {
  int number = 0;
};
struct Question {
  using Reply = int;
};

class Sink : public Actor {
 public:
  using Protocol = Accepts<Note, Question>;
  void on(Note) {}
  int on(Question) { return 1; }
};

struct Begin {
  int count = 0;
};

/// Sends to an actor of another system, which may have ended.
class Source : public Actor {
 public:
  using Protocol = Accepts<Begin>;
  explicit Source(ActorRef<Sink::Protocol> sink) : sink_(sink) {}
  Task<> on(Begin begin) {
    for (int i = 0; i < begin.count; ++i) {
      sink_.tell(Note{i});
      static_cast<void>(co_await ask<Question>(sink_, {}, 1s));
    }
  }

 private:
  ActorRef<Sink::Protocol> sink_;
};

bool balances(const ActorSystem& system) {
  const SystemCounts counts = system.counts();
  return counts.sent == counts.handled + counts.dropped;
}

void expect_both_balance(ActorSystem& a, ActorSystem& b) {
  EXPECT_NO_THROW(testkit::eventually(a, [&] { return balances(a) && balances(b); }))
      << a.counts().sent << " = " << a.counts().handled << " + " << a.counts().dropped << " and "
      << b.counts().sent << " = " << b.counts().handled << " + " << b.counts().dropped;
}

TEST(TwoSystems, BalanceTheirBooksWhereTheirActorsTalk) {
  ActorSystem a("a");
  ActorSystem b("b");
  const auto there = b.spawn<Sink>("sink");
  const auto here = a.spawn<Sink>("sink");
  a.spawn<Source>("source", there).tell(Begin{100});
  b.spawn<Source>("source", here).tell(Begin{100});

  testkit::eventually(a, [&] { return b.counts().handled >= 201; });
  testkit::eventually(a, [&] { return a.counts().handled >= 201; });
  expect_both_balance(a, b);
}

TEST(TwoSystems, BalanceTheirBooksWhereTheOnesActorsHaveEnded) {
  ActorSystem a("a");
  ActorSystem b("b");
  const auto there = b.spawn<Sink>("sink");
  b.stop(there);
  ASSERT_TRUE(b.stopped(there).get().ok());
  a.spawn<Source>("source", there).tell(Begin{10});

  testkit::eventually(a, [&] { return a.counts().dropped + b.counts().dropped >= 20; });
  expect_both_balance(a, b);
}

TEST(TwoSystems, BalanceTheirBooksWhereTheOneHasEnded) {
  ActorSystem a("a");
  ActorRef<Sink::Protocol> gone;
  {
    ActorSystem b("b");
    gone = b.spawn<Sink>("sink");
  }
  ActorSystem c("c");  // May have the memory of the other one's actors.
  c.spawn<Sink>("sink");
  a.spawn<Source>("source", gone).tell(Begin{10});

  testkit::eventually(a, [&] { return a.counts().dropped + c.counts().dropped >= 20; });
  expect_both_balance(a, c);
}

TEST(TwoSystems, BalanceTheirBooksWhileActorsOfBothComeAndGo) {
  ActorSystem a("a");
  ActorSystem b("b");
  std::atomic<std::uintptr_t> rounds{0};
  const auto play = [&rounds](ActorSystem& own, ActorSystem& other) {
    for (int i = 0; i < 2'000; ++i) {
      const auto there = other.spawn<Sink>();
      const auto here = own.spawn<Sink>();
      for (int j = 0; j < 3; ++j) there.tell(Note{j});
      own.stop(here);
      other.stop(there);
      for (int j = 0; j < 3; ++j) {
        there.tell(Note{j});
        here.tell(Note{j});
      }
      rounds.fetch_add(1);
    }
  };
  {
    const std::jthread one([&] { play(a, b); });
    const std::jthread two([&] { play(b, a); });
  }

  EXPECT_EQ(rounds.load(), 4'000U);
  expect_both_balance(a, b);
}

}  // namespace
}  // namespace troupe
