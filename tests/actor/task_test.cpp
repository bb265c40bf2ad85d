#include <gtest/gtest.h>

#include <memory>
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

struct Question {
  using Reply = int;
};
struct Exclusive {
  using Reply = int;
};
struct Open {
  using Reply = int;
};
struct Log {
  using Reply = std::vector<std::string>;
};
struct Note {
  std::string text;
};

using Oracle = Accepts<Question>;

/// Says when it is destroyed.
struct Witness {
  explicit Witness(std::shared_ptr<int> count) : ends(std::move(count)) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { ++*ends; }
  std::shared_ptr<int> ends;
};

/// Asks the oracle in handlers of both modes, and notes what happens.
class Pupil : public Actor {
 public:
  using Protocol = Accepts<Exclusive, Open, Note, Log>;
  explicit Pupil(ActorRef<Oracle> oracle, std::shared_ptr<int> ends = std::make_shared<int>(0))
      : oracle_(oracle), ends_(std::move(ends)) {}

  Task<int> on(Exclusive) {
    const Witness witness(ends_);
    log_.push_back("asks");
    auto answer = co_await ask(oracle_, Question{}, 10s);
    if (!answer) co_return answer.error();
    log_.push_back("knows");
    co_return *answer;
  }
  Task<int, reentrant> on(Open) {
    const Witness witness(ends_);
    log_.push_back("asks");
    auto answer = co_await ask(oracle_, Question{}, 10s);
    if (!answer) co_return answer.error();
    log_.push_back("knows");
    co_return *answer;
  }
  void on(const Note& note) {
    if (note.text == "throw") throw std::runtime_error("noted");
    log_.push_back(note.text);
  }
  std::vector<std::string> on(Log) { return log_; }

 private:
  ActorRef<Oracle> oracle_;
  std::shared_ptr<int> ends_;
  std::vector<std::string> log_;
};

struct Fixture {
  TestSystem system;
  Probe oracle{system, "oracle"};
  std::shared_ptr<int> ends = std::make_shared<int>(0);
  ActorRef<Pupil::Protocol> pupil = system.spawn<Pupil>("pupil", oracle.ref<Oracle>(), ends);
};

TEST(Task, ThatIsNotReentrantBlocksOtherMessagesUntilItIsDone) {
  Fixture f;
  auto answer = f.pupil.ask(Exclusive{});
  f.pupil.tell(Note{"note"});
  auto log = f.pupil.ask(Log{});
  f.oracle.expect<Question>();
  f.system.run();
  EXPECT_FALSE(log.is_ready());

  f.oracle.reply(42);

  EXPECT_EQ(answer.get().value(), 42);
  EXPECT_EQ(log.get().value(), (std::vector<std::string>{"asks", "knows", "note"}));
}

TEST(Task, ThatIsReentrantLetsOtherMessagesBeHandledMeanwhile) {
  Fixture f;
  auto answer = f.pupil.ask(Open{});
  f.pupil.tell(Note{"note"});
  auto log = f.pupil.ask(Log{});
  f.oracle.expect<Question>();
  EXPECT_EQ(log.get().value(), (std::vector<std::string>{"asks", "note"}));

  f.oracle.reply(42);

  EXPECT_EQ(answer.get().value(), 42);
}

TEST(Task, ThatIsReentrantMayBeUnderWayManyTimesAndEndsInAnyOrder) {
  Fixture f;
  auto first = f.pupil.ask(Open{});
  auto second = f.pupil.ask(Open{});
  f.oracle.expect<Question>();
  auto one = f.oracle.reply_later<int>();
  f.oracle.expect<Question>();
  f.oracle.reply(2);

  EXPECT_EQ(second.get().value(), 2);
  EXPECT_FALSE(first.is_ready());
  one.set(1);
  EXPECT_EQ(first.get().value(), 1);
}

TEST(Task, GetsTheErrorOfAnAskAndMayReturnIt) {
  Fixture f;
  auto answer = f.pupil.ask(Exclusive{});
  f.oracle.expect<Question>();
  f.oracle.reply(Error(ErrorCode::refused, "not now"));

  EXPECT_EQ(answer.get().error(), Error(ErrorCode::refused, "not now"));
  EXPECT_EQ(*f.ends, 1);
}

TEST(Task, DiesWithItsActorAndItsAskerHearsOfIt) {
  for (const bool killed : {false, true}) {
    for (const bool is_open : {false, true}) {
      Fixture f;
      auto answer = is_open ? f.pupil.ask(Open{}, 1h) : f.pupil.ask(Exclusive{}, 1h);
      f.oracle.expect<Question>();
      EXPECT_EQ(*f.ends, 0);

      killed ? f.system.kill(f.pupil) : f.system.stop(f.pupil);

      EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
      f.system.run();
      EXPECT_EQ(*f.ends, 1);
      f.oracle.reply(42);
      f.system.run();
      EXPECT_EQ(f.system.actors().counts().late_replies, 1U);
    }
  }
}

TEST(Task, DiesWithTheInstanceThatIsReplaced) {
  Fixture f;
  auto answer = f.pupil.ask(Open{}, 1h);
  f.oracle.expect<Question>();

  f.pupil.tell(Note{"throw"});

  EXPECT_EQ(answer.get().error().code(), ErrorCode::handler_failed);
  EXPECT_EQ(*f.ends, 1);
  f.oracle.reply(42);
  EXPECT_EQ(f.pupil.ask(Log{}).get().value(), std::vector<std::string>());
}

TEST(Task, IsDoneBeforeItsActorIsDrained) {
  for (const bool is_open : {false, true}) {
    Fixture f;
    auto answer = is_open ? f.pupil.ask(Open{}, 1h) : f.pupil.ask(Exclusive{}, 1h);
    f.system.drain(f.pupil);
    f.oracle.expect<Question>();
    f.system.run();
    f.pupil.tell(Note{"too late"});

    f.oracle.reply(42);

    EXPECT_EQ(answer.get().value(), 42);
    f.system.run();
    EXPECT_EQ(f.system.actors().find_any("/user/pupil").error().code(), ErrorCode::no_such_actor);
    EXPECT_EQ(f.system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
  }
}

TEST(Task, OfAnActorWithTheLastWordIsDoneBeforeTheActorEnds) {
  for (const bool is_open : {false, true}) {
    TestSystem system;
    Probe oracle(system);
    auto ends = std::make_shared<int>(0);
    auto pupil = system.actors().spawn<Pupil>("pupil", with(after_one_message()),
                                              oracle.ref<Oracle>(), ends);
    auto answer = is_open ? pupil.ask(Open{}, 1h) : pupil.ask(Exclusive{}, 1h);
    auto second = pupil.ask(Log{}, 1h);
    oracle.expect<Question>();
    system.run();

    oracle.reply(42);

    EXPECT_EQ(answer.get().value(), 42);
    EXPECT_EQ(second.get().error().code(), ErrorCode::actor_stopped);
  }
}

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

TEST(Task, OfARequestThatWasOnlyToldRunsToItsEnd) {
  Fixture f;
  f.pupil.tell(Exclusive{});
  f.oracle.expect<Question>();
  f.oracle.reply(1);
  f.system.run();

  EXPECT_EQ(*f.ends, 1);
  const SystemCounts counts = f.system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
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

TEST(Task, RunsOnThreadsWithManyAskersAtOnce) {
  ActorSystem system("threads", {.workers = 2});
  auto oracle = system.spawn("oracle", behavior([](Question) { return 1; }));
  std::vector<ActorRef<Pupil::Protocol>> pupils;
  for (int i = 0; i < 8; ++i) pupils.push_back(system.spawn<Pupil>({}, oracle));
  std::vector<Future<int>> answers;
  for (int i = 0; i < 200; ++i) {
    for (const auto& pupil : pupils) {
      answers.push_back(i % 2 == 0 ? pupil.ask(Open{}) : pupil.ask(Exclusive{}));
    }
  }

  const auto all_answers = all(std::move(answers)).get();

  EXPECT_EQ(all_answers.value(), std::vector<int>(1'600, 1));
}

}  // namespace
}  // namespace troupe
