// Tests of what a task awaits, yields, throws and returns.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <utility>

#include "task_witness.hpp"

namespace troupe::task_test {
namespace {

using testkit::TestSystem;

struct Throws {
  using Reply = int;
  bool waits_first;
  bool throws_int;
};
struct Nested {
  using Reply = std::string;
  int depth;
};
struct Give {
  using Reply = int;
};
struct Refused {
  using Reply = int;
};

class Thinker : public Actor {
 public:
  using Protocol = Accepts<Throws, Nested, Give, Refused>;
  Task<int> on(Throws order) {
    if (order.waits_first) co_await yield();
    if (order.throws_int) throw 42;
    throw std::out_of_range("too far");
  }
  Task<std::string> on(Nested nested) {
    std::string path = co_await descend(nested.depth);
    try {
      co_await fail_below();
    } catch (const std::runtime_error& error) {
      path += error.what();
    }
    const Result<int> refused = co_await wrapped();
    co_return path + (refused.ok() ? "" : std::string(to_string(refused.error().code())));
  }
  Task<int> on(Give) {
    int turns = 0;
    for (; turns < 5; ++turns) co_await yield();
    co_return turns;
  }
  Task<int> on(Refused) {
    try {
      co_return co_await refuses();
    } catch (const Failure& failure) {
      co_return failure.error().code() == ErrorCode::refused ? 1 : 0;
    }
  }

 private:
  Task<std::string> descend(int depth) {
    if (depth == 0) co_return "bottom ";
    co_await yield();
    std::string below = co_await descend(depth - 1);
    co_return std::to_string(depth) + " " + below;
  }
  Task<> fail_below() {
    co_await yield();
    throw std::runtime_error("caught ");
  }
  Task<int> refuses() { co_return Error(ErrorCode::refused, "no"); }
  Task<Result<int>> wrapped() {
    co_await yield();
    co_return Result<int>(Error(ErrorCode::limit_reached, "enough"));
  }
};

TEST(Task, FailsTheActorAndTheAskerWithWhatItThrows) {
  for (const bool waits_first : {false, true}) {
    TestSystem system;
    auto thinker = system.spawn<Thinker>("thinker");

    const auto error = thinker.ask(Throws{waits_first, false}).get().error();
    EXPECT_EQ(error.code(), ErrorCode::handler_failed);
    EXPECT_EQ(error.context(), "std::out_of_range: too far");
    EXPECT_EQ(thinker.ask(Throws{waits_first, true}).get().error().context(), "int");
    system.run();
    EXPECT_EQ(system.log().lines_with("its supervisor says restart").size(), 2U);
  }
}

TEST(Task, AwaitsOtherTasksAndTheirExceptionsComeOutOfTheAwait) {
  TestSystem system;
  auto thinker = system.spawn<Thinker>("thinker");

  EXPECT_EQ(thinker.ask(Nested{3}).get().value(), "3 2 1 bottom caught limit_reached");
  EXPECT_EQ(thinker.ask(Nested{200}).get().value().size(), 719U);
}

TEST(Task, ThatReturnsAnErrorThrowsFailureInWhoAwaitsIt) {
  TestSystem system;
  auto thinker = system.spawn<Thinker>("thinker");

  EXPECT_EQ(thinker.ask(Refused{}).get().value(), 1);
}

TEST(Task, ThatYieldsLetsOthersRunFirst) {
  TestSystem system;
  auto thinker = system.spawn<Thinker>("thinker");
  auto other = system.spawn<Thinker>("other");
  auto first = thinker.ask(Give{});
  auto second = other.ask(Give{});

  for (int i = 0; i < 7; ++i) EXPECT_TRUE(system.step());
  EXPECT_FALSE(first.is_ready() || second.is_ready());

  EXPECT_EQ(first.get().value(), 5);
  EXPECT_EQ(second.get().value(), 5);
}

struct Wait {
  using Reply = int;
};
struct Where {
  using Reply = std::string;
};

class Waiter : public Actor {
 public:
  using Protocol = Accepts<Wait, Where>;
  Waiter(std::shared_ptr<Promise<int>> source, std::shared_ptr<int> ends)
      : source_(std::move(source)), ends_(std::move(ends)) {}
  Task<int> on(Wait) {
    const Witness witness(ends_);
    auto result = co_await source_->future();
    co_return result.ok() ? *result : -1;
  }
  Task<std::string> on(Where) {
    co_await yield();
    co_return path() + " " + (sender() ? sender().path() : std::string("outside"));
  }

 private:
  std::shared_ptr<Promise<int>> source_;
  std::shared_ptr<int> ends_;
};

TEST(Task, AwaitsFuturesThatAreDoneOrWillBe) {
  for (const bool done : {false, true}) {
    TestSystem system;
    auto source = std::make_shared<Promise<int>>();
    auto waiter = system.spawn<Waiter>("waiter", source, std::make_shared<int>(0));
    if (done) source->set(3);
    auto answer = waiter.ask(Wait{});
    system.run();
    EXPECT_EQ(answer.is_ready(), done);

    source->set(3);

    EXPECT_EQ(answer.get().value(), 3);
  }
}

TEST(Task, CancelsTheFutureThatItAwaitsWhenItDies) {
  TestSystem system;
  auto source = std::make_shared<Promise<int>>();
  auto ends = std::make_shared<int>(0);
  auto waiter = system.spawn<Waiter>("waiter", source, ends);
  auto answer = waiter.ask(Wait{});
  system.run();
  auto* state = source->future().state();
  state->retain();

  system.stop(waiter);
  system.run();

  EXPECT_EQ(*ends, 1);
  ASSERT_TRUE(state->ready());
  EXPECT_EQ(state->error()->code(), ErrorCode::cancelled);
  state->release();
  source->set(1);
  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
}

TEST(Task, StillKnowsPathAndSenderAfterItWaited) {
  TestSystem system;
  auto waiter =
      system.spawn<Waiter>("waiter", std::make_shared<Promise<int>>(), std::make_shared<int>(0));

  EXPECT_EQ(waiter.ask(Where{}).get().value(), "/user/waiter outside");
}

struct Wide {
  using Reply = long;
};

TEST(Task, MayReturnWhatConvertsToTheReply) {
  TestSystem system;
  auto actor = system.spawn("actor", behavior([](Context& self, Wide) -> Task<int> {
                              co_await self.yield();
                              co_return 5;
                            }));

  EXPECT_EQ(actor.ask(Wide{}).get().value(), 5L);
}

}  // namespace
}  // namespace troupe::task_test
