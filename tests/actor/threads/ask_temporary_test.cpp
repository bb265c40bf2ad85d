#include <gtest/gtest.h>

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

struct Echo {
  using Reply = std::string;
  std::string text;
};
struct Never {
  using Reply = int;
};

struct Lives {
  int made = 0;
  int ended = 0;
};

class Worker : public Actor {
 public:
  using Protocol = Accepts<Echo, Never>;
  explicit Worker(std::shared_ptr<Lives> lives) : lives_(std::move(lives)) { ++lives_->made; }
  std::string on(const Echo& echo) {
    if (echo.text == "throw") throw std::runtime_error("no echo");
    return echo.text;
  }
  Later<int> on(Never) {
    auto [reply, later] = defer<int>();
    replies_.push_back(std::move(reply));
    return later;
  }
  void on_stop() override { ++lives_->ended; }

 private:
  std::shared_ptr<Lives> lives_;
  std::vector<ReplyTo<int>> replies_;
};

struct Fixture {
  TestSystem system;
  ActorSystem& actors = system.actors();
  std::shared_ptr<Lives> lives = std::make_shared<Lives>();

  void expect_all_ended(int made) {
    system.run();
    EXPECT_EQ(lives->made, made);
    EXPECT_EQ(lives->ended, made);
  }
};

TEST(TemporaryActor, AnswersAndLeavesNothingBehind) {
  Fixture f;

  EXPECT_EQ(f.actors.ask<Worker>(Echo{"hello"}, 5s, f.lives).get().value(), "hello");

  f.expect_all_ended(1);
}

TEST(TemporaryActor, EndsWhenItsAskTimesOut) {
  Fixture f;

  EXPECT_EQ(f.actors.ask<Worker>(Never{}, 100ms, f.lives).get().error().code(), ErrorCode::timeout);

  f.expect_all_ended(1);
}

TEST(TemporaryActor, EndsWhenItsAskIsCancelled) {
  Fixture f;
  auto answer = f.actors.ask<Worker>(Never{}, 1h, f.lives);
  f.system.run();
  EXPECT_EQ(f.lives->ended, 0);

  answer.cancel();

  f.expect_all_ended(1);
}

TEST(TemporaryActor, EndsWhenItFails) {
  Fixture f;

  EXPECT_EQ(f.actors.ask<Worker>(Echo{"throw"}, 1h, f.lives).get().error().code(),
            ErrorCode::handler_failed);

  f.system.run();
  EXPECT_EQ(f.lives->made - f.lives->ended, 0) << "a restarted instance ends as well";
  EXPECT_EQ(f.actors.counts().sent, 1U);
}

TEST(TemporaryActor, EndsAlsoWhenNobodyWantsTheAnswer) {
  Fixture f;
  {
    auto unwanted = f.actors.ask<Worker>(Echo{"hello"}, 1h, f.lives);
  }

  f.expect_all_ended(1);
}

struct Children {
  using Reply = int;
};
struct TimeOut {
  using Reply = int;
};
struct Cancel {
  using Reply = int;
};

TEST(TemporaryActor, LeavesNoChildOfTheHandlerWhoseAskTimesOutOrIsCancelled) {
  Fixture f;
  auto parent = f.system.spawn(
      "parent",
      behavior(
          [&f](Context& self, TimeOut) -> Task<int> {
            auto answer = co_await self.ask<Worker>(Never{}, 100ms, f.lives);
            co_return answer.ok() ? 1 : 0;
          },
          [&f](Context& self, Cancel) {
            auto answer = self.ask<Worker>(Never{}, 1h, f.lives);
            answer.cancel();
            return static_cast<int>(self.children().size());
          },
          [](Context& self, Children) { return static_cast<int>(self.children().size()); }));

  EXPECT_EQ(parent.ask(TimeOut{}).get().value(), 0);
  EXPECT_EQ(parent.ask(Cancel{}).get().value(), 1);

  f.expect_all_ended(2);
  EXPECT_EQ(parent.ask(Children{}).get().value(), 0);
}

struct Work {
  using Reply = int;
  int count;
};

class Boss : public Actor {
 public:
  using Protocol = Accepts<Work>;
  explicit Boss(std::shared_ptr<Lives> lives) : lives_(std::move(lives)) {}
  Task<int> on(Work work) {
    std::vector<Future<std::string>> answers;
    for (int i = 0; i < work.count; ++i) {
      answers.push_back(ask<Worker>(Echo{std::to_string(i)}, 5s, lives_));
    }
    auto texts = co_await all(std::move(answers));
    const std::size_t text_count = texts.value().size();
    co_await yield();
    co_return static_cast<int>(text_count + children().size());
  }

 private:
  std::shared_ptr<Lives> lives_;
};

TEST(TemporaryActor, FiveHundredAtOnceSucceedAndLeaveNoChild) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    TestSystem system({.seed = seed});
    auto lives = std::make_shared<Lives>();
    auto boss = system.spawn<Boss>("boss", lives);

    const auto answer = boss.ask(Work{500}).get();

    EXPECT_TRUE(answer.ok());
    system.run();
    EXPECT_EQ(lives->made, 500);
    EXPECT_EQ(lives->ended, 500);
  }
}

TEST(TemporaryActor, FiveHundredFromAThreadSucceedAndEndOnThreads) {
  ActorSystem system("threads", {.workers = 2});
  std::vector<Future<std::string>> answers;
  for (int i = 0; i < 500; ++i) {
    answers.push_back(system.ask<Worker>(Echo{std::to_string(i)}, 5s, std::make_shared<Lives>()));
  }

  const auto texts = all(std::move(answers)).get();

  ASSERT_TRUE(texts.ok());
  EXPECT_EQ(texts->at(499), "499");
  EXPECT_TRUE(system.shutdown().complete());
}

TEST(TemporaryActor, IsAChildThatEndsWithItsParent) {
  TestSystem system;
  auto lives = std::make_shared<Lives>();
  auto boss = system.spawn("boss", behavior([lives](Context& self, Work) -> Task<int> {
                             auto answer = co_await self.ask<Worker>(Never{}, 1h, lives);
                             co_return answer;
                           }));
  auto answer = boss.ask(Work{1}, 1h);
  system.run();

  system.stop(boss);

  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
  system.run();
  EXPECT_EQ(lives->ended, 1);
}

struct Job {
  std::string text;
};

class Once : public Actor {
 public:
  using Protocol = Accepts<Job>;
  static constexpr auto stop_policy = after_one_message();
  explicit Once(AnyRef log) : log_(log) {}
  void on(const Job& job) {
    if (job.text == "throw") throw std::runtime_error("not this job");
    log_.tell(job.text);
  }
  void on_stop() override { log_.tell(std::string("ended")); }

 private:
  AnyRef log_;
};

TEST(TemporaryActor, ThatIsToldEndsByItsStopPolicy) {
  TestSystem system;
  Probe probe(system);

  system.actors().tell<Once>(Job{"sweep"}, probe.any_ref());
  EXPECT_EQ(probe.expect<std::string>(), "sweep");
  EXPECT_EQ(probe.expect<std::string>(), "ended");

  system.actors().tell<Once>(Job{"throw"}, probe.any_ref());
  EXPECT_EQ(probe.expect<std::string>(), "ended");
}

class Unborn : public Actor {
 public:
  using Protocol = Accepts<Never, Job>;
  static constexpr auto stop_policy = after_one_message();
  Unborn() { throw std::runtime_error("stillborn"); }
  int on(Never) { return 1; }
  void on(const Job&) {}
};

TEST(TemporaryActor, WhoseConstructorThrowsFailsTheAskOrIsLogged) {
  TestSystem system;

  EXPECT_EQ(system.actors().ask<Unborn>(Never{}).get().error().code(), ErrorCode::start_failed);
  system.actors().tell<Unborn>(Job{"sweep"});

  EXPECT_EQ(system.log().lines_with("stillborn").size(), 1U);
}

TEST(TemporaryActor, ThatIsNotMadeLeavesADeadLetterOfWhatItWasTold) {
  TestSystem system;

  system.actors().tell<Unborn>(Job{"sweep"});

  const auto letters = system.actors().dead_letters().recent();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].reason, ErrorCode::no_such_actor);
  EXPECT_EQ(letters[0].target, "a temporary " + std::string(wire::type_name<Unborn>()));
  EXPECT_EQ(letters[0].type, wire::type_name<Job>());
  EXPECT_EQ(system.actors().counts().sent, 1U);
}

TEST(TemporaryActor, ThatIsNotMadeIsLoggedAsOftenAsFailuresMayBe) {
  TestSystem system({.actors = {.failure_logs_per_second_max = 10}});

  for (int i = 0; i < 1'000; ++i) system.actors().tell<Unborn>(Job{"sweep"});

  EXPECT_EQ(system.log().lines_with("stillborn").size(), 10U);
  EXPECT_EQ(system.actors().dead_letters().total(), 1'000U);
}

}  // namespace
}  // namespace troupe
