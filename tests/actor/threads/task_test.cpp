// Tests of tasks as handlers: which messages are handled meanwhile, and what ends a task.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

#include "task_witness.hpp"

namespace troupe::task_test {
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
    EXPECT_EQ(f.system.actors().try_find_any("/user/pupil").error().code(),
              ErrorCode::no_such_actor);
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

/// Stands for a number, and fails to give it.
struct Unreadable {
  operator int() const { throw std::runtime_error("unreadable"); }
};
struct Read {
  using Reply = int;
  bool waits;
};

TEST(Task, WhoseAnswerCannotBeMadeFails) {
  for (const bool waits : {false, true}) {
    TestSystem system;
    auto actor = system.spawn("actor", behavior([](Context& self, Read read) -> Task<Unreadable> {
                                if (read.waits) co_await self.yield();
                                co_return Unreadable();
                              }));

    const auto answer = actor.ask(Read{waits}).get();

    EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
    EXPECT_NE(answer.error().context().find("unreadable"), std::string::npos);
    EXPECT_EQ(actor.ask(Read{waits}).get().error().code(), ErrorCode::handler_failed);
  }
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
}  // namespace troupe::task_test
