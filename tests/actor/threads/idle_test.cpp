// Tests of stop_after_idle() for actors that owe something, and of names and books at an end.

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Owe {
  using Reply = int;
};
struct PutOff {
  using Reply = int;
};
struct Settle {};
struct Piped {};
struct Begin {
  static constexpr bool local_message = true;
  AnyRef slow;
};

class Idler : public Actor {
 public:
  using Protocol = Accepts<Owe, PutOff, Settle, Piped, Begin>;
  Later<int> on(Owe) {
    auto [reply, later] = defer<int>();
    owed_.push_back(std::move(reply));
    return later;
  }
  Result<int> on(PutOff request) {
    if (!open_) return stash(request);
    return 2;
  }
  void on(Settle) {
    for (auto& reply : owed_) reply.set(1);
    owed_.clear();
    open_ = true;
    unstash_all();
  }
  void on(Begin order) {
    pipe(order.slow.ask(Owe{}, 1h), [](Result<int>) { return Piped{}; });
  }
  void on(Piped) { piped = true; }

  static inline std::atomic<bool> piped{false};

 private:
  std::vector<ReplyTo<int>> owed_;
  bool open_ = false;
};

class AnActorThatMayBeIdle : public testing::Test {
 protected:
  AnActorThatMayBeIdle() {
    idler = system.actors().spawn<Idler>("idler", with(stop_after_idle(1s)));
  }
  bool lives() { return system.actors().try_find_any("/user/idler").ok(); }

  TestSystem system;
  ActorRef<Idler::Protocol> idler;
};

TEST_F(AnActorThatMayBeIdle, EndsWhenItOwesNothing) {
  system.run_for(3s);
  EXPECT_FALSE(lives());
}

TEST_F(AnActorThatMayBeIdle, IsNotWhileItOwesADeferredAnswer) {
  auto answer = idler.ask(Owe{}, 1h);
  system.run_for(10s);
  ASSERT_TRUE(lives());
  idler.tell(Settle{});
  system.run();
  EXPECT_EQ(answer.get().value(), 1);

  system.run_for(3s);
  EXPECT_FALSE(lives());
}

TEST_F(AnActorThatMayBeIdle, IsNotWhileARequestIsPutAside) {
  auto answer = idler.ask(PutOff{}, 1h);
  system.run_for(10s);
  ASSERT_TRUE(lives());
  idler.tell(Settle{});
  system.run();
  EXPECT_EQ(answer.get().value(), 2);

  system.run_for(3s);
  EXPECT_FALSE(lives());
}

TEST_F(AnActorThatMayBeIdle, IsNotWhileAPipeIsToCome) {
  Idler::piped = false;
  auto slow = system.spawn<Idler>("slow");
  idler.tell(Begin{slow});
  system.run_for(10s);
  ASSERT_TRUE(lives());
  slow.tell(Settle{});
  system.run();
  EXPECT_TRUE(Idler::piped);

  system.run_for(3s);
  EXPECT_FALSE(lives());
}

TEST_F(AnActorThatMayBeIdle, IsAgainWhenItsAnswerWasDropped) {
  {
    auto answer = idler.ask(Owe{}, 1s);
    system.run_for(2s);
    EXPECT_EQ(answer.get().error().code(), ErrorCode::timeout);
  }
  EXPECT_TRUE(lives()) << "it still holds the deferred request";
}

TEST(AnEnd, IsHeardOfWhenTheNameIsFreeAndTheBooksAreClosed) {
  ActorSystem system("ends", {.workers = 2},
                     Platform{real_platform().clock, std::make_shared<Random>(1), null_log()});
  for (int round = 0; round < 5'000; ++round) {
    auto made = system.try_spawn<Idler>("name");
    ASSERT_TRUE(made.ok()) << made.error().context() << " in round " << round;
    made->tell(Settle{});
    system.stop(*made);
    made->tell(Settle{});
    ASSERT_TRUE(system.stopped(*made).get().ok());
    const SystemCounts counts = system.counts();
    ASSERT_EQ(counts.sent, counts.handled + counts.dropped) << "in round " << round;
  }
}

/// Its constructor throws when it has made a child.
class HasChildAndThrows : public Actor {
 public:
  using Protocol = Accepts<Settle>;
  HasChildAndThrows() {
    spawn<Idler>("child");
    throw std::runtime_error("not today");
  }
  void on(Settle) {}
};

TEST(AnActorThatWasNotMade, LeavesItsNameFree) {
  TestSystem system;
  const auto failed = system.actors().try_spawn<HasChildAndThrows>("name");
  EXPECT_EQ(failed.error().code(), ErrorCode::start_failed);

  EXPECT_TRUE(system.actors().try_spawn<Idler>("name").ok());
  system.run();
  EXPECT_TRUE(system.actors().try_find_any("/user/name").ok());
}

}  // namespace
}  // namespace troupe
