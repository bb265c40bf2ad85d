// Tests of what a failure and a restart leave to the next instance: notices and not time-outs, an
// on_start where there was none, and tasks that wait for the directive.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;

struct Watch {
  static constexpr bool local_message = true;
  AnyRef ref;
};
struct Unwatch {
  static constexpr bool local_message = true;
  AnyRef ref;
};
struct Fail {};
struct Noop {};
struct Await {};
struct Owe {
  using Reply = int;
};

/// What all instances of an actor have seen.
struct Seen {
  int made = 0;
  int started = 0;
  int terminated = 0;
  int timeouts = 0;
  int resumed = 0;
  Duration idle{0};  // Of each instance, from its constructor.
  int failing_starts = 0;
};

class Restarted : public Actor {
 public:
  using Protocol = Accepts<Watch, Unwatch, Fail, ReceiveTimeout, Noop, Await>;
  Restarted(std::shared_ptr<Seen> seen, AnyRef debtor) : seen_(std::move(seen)), debtor_(debtor) {
    ++seen_->made;
    if (seen_->idle > 0s) set_receive_timeout(seen_->idle);
  }
  void on_start() {
    if (seen_->failing_starts > 0) {
      --seen_->failing_starts;
      throw std::runtime_error("not yet");
    }
    ++seen_->started;
  }
  void on(const Watch& order) { watch(order.ref); }
  void on(const Unwatch& order) { unwatch(order.ref); }
  void on(Fail) { throw std::runtime_error("broken"); }
  void on(Noop) {}
  void on(const Terminated&) { ++seen_->terminated; }
  void on(ReceiveTimeout) { ++seen_->timeouts; }
  Task<void, reentrant> on(Await) {
    auto seen = seen_;
    static_cast<void>(co_await ask<Owe>(ActorRef<Accepts<Owe>>(debtor_), {}, 100ms));
    ++seen->resumed;
  }

 private:
  std::shared_ptr<Seen> seen_;
  AnyRef debtor_;
};

/// Keeps the answers that it owes, and gives them when it is told to.
class Debtor : public Actor {
 public:
  using Protocol = Accepts<Owe, Noop>;
  Later<int> on(Owe) {
    auto [reply, later] = defer<int>();
    owed_.push_back(std::move(reply));
    return later;
  }
  void on(Noop) {
    for (auto& reply : owed_) reply.set(1);
    owed_.clear();
  }

 private:
  std::vector<ReplyTo<int>> owed_;
};

class RestartRules : public testing::Test {
 protected:
  auto spawn(Directive directive = Directive::restart, Duration pause = {}) {
    auto strategy = one_for_one().otherwise(directive).backoff({pause, pause, 0.0});
    system = std::make_unique<TestSystem>(
        testkit::TestSystemSettings{.actors = {.guardian_strategy = strategy}});
    debtor = system->spawn<Debtor>("debtor");
    other = system->spawn<Debtor>("other");
    return system->spawn<Restarted>("restarted", seen, debtor);
  }

  std::shared_ptr<Seen> seen = std::make_shared<Seen>();
  std::unique_ptr<TestSystem> system;
  ActorRef<Debtor::Protocol> debtor;
  ActorRef<Debtor::Protocol> other;
};

TEST_F(RestartRules, ATerminatedThatIsInTheMailboxComesToTheNextInstance) {
  auto actor = spawn(Directive::restart, 1s);
  actor.tell(Watch{other});
  system->run();
  actor.tell(Fail{});
  system->run();
  system->stop(other);  // While it waits for its restart.
  system->run_for(2s);

  EXPECT_EQ(seen->made, 2);
  EXPECT_EQ(seen->terminated, 1);
}

TEST_F(RestartRules, TheNextInstanceWatchesNobodyItHasNotSaid) {
  auto actor = spawn();
  actor.tell(Watch{other});
  actor.tell(Fail{});
  system->run();
  system->stop(other);
  system->run();

  EXPECT_EQ(seen->made, 2);
  EXPECT_EQ(seen->terminated, 0);
}

TEST_F(RestartRules, OneWatchOfEachInstanceGetsOneTerminated) {
  auto actor = spawn(Directive::restart, 1s);
  actor.tell(Watch{other});
  system->run();
  actor.tell(Fail{});
  system->run();
  system->stop(other);
  system->run();
  actor.tell(Watch{other});
  system->run_for(2s);

  EXPECT_EQ(seen->terminated, 2);
}

TEST_F(RestartRules, AWatchThatWasEndedGetsNoTerminatedAfterARestart) {
  auto actor = spawn(Directive::restart, 1s);
  actor.tell(Watch{other});
  system->run();
  actor.tell(Fail{});
  system->run();
  actor.tell(Unwatch{other});
  system->stop(other);
  system->run_for(2s);

  EXPECT_EQ(seen->made, 2);
  EXPECT_EQ(seen->terminated, 0);
}

TEST_F(RestartRules, TimeOutsOfAnInstanceEndWithIt) {
  seen->idle = 10ms;
  auto actor = spawn(Directive::restart, 1s);
  system->run_for(5ms);
  actor.tell(Fail{});
  system->run_for(1s);  // Of which it is idle, and failed, for 100 time-outs.
  const int before = seen->timeouts;
  system->run_for(5ms);

  EXPECT_EQ(seen->made, 2);
  EXPECT_EQ(before, 0);
  EXPECT_EQ(seen->timeouts, 0);
  system->run_for(10ms);
  EXPECT_GE(seen->timeouts, 1);
  EXPECT_LE(seen->timeouts, 2);
}

TEST_F(RestartRules, AnInstanceAfterAnOnStartThatThrewHasOne) {
  seen->failing_starts = 2;
  spawn();
  system->run();

  EXPECT_EQ(seen->made, 3);
  EXPECT_EQ(seen->started, 1);
}

TEST_F(RestartRules, AnInstanceAfterOneThatHadStartedHasNoOnStart) {
  auto actor = spawn();
  actor.tell(Fail{});
  system->run();

  EXPECT_EQ(seen->made, 2);
  EXPECT_EQ(seen->started, 1);
}

TEST_F(RestartRules, ATaskOfAFailedActorDoesNotGoOnBeforeTheDirective) {
  auto actor = spawn(Directive::restart, 1s);
  actor.tell(Await{});
  system->run();
  actor.tell(Fail{});
  system->run();
  debtor.tell(Noop{});
  system->run_for(2s);

  EXPECT_EQ(seen->made, 2);
  EXPECT_EQ(seen->resumed, 0) << "and ends with its instance";
}

TEST_F(RestartRules, AnAnswerThatComesBeforeTheDirectiveWaitsForIt) {
  for (const Directive directive : {Directive::resume, Directive::restart}) {
    seen = std::make_shared<Seen>();
    auto actor = spawn(directive);
    actor.tell(Await{});
    system->run();
    actor.tell(Fail{});
    debtor.tell(Noop{});  // Its turn is between the actor's and the supervisor's.
    system->run();

    EXPECT_EQ(seen->resumed, directive == Directive::resume ? 1 : 0);
  }
}

TEST_F(RestartRules, ATimeOutThatComesBeforeTheDirectiveWaitsForIt) {
  for (const Directive directive : {Directive::resume, Directive::restart}) {
    seen = std::make_shared<Seen>();
    auto actor = spawn(directive);
    actor.tell(Await{});
    system->run();
    actor.tell(Fail{});
    ASSERT_TRUE(system->step());
    system->advance(200ms);
    system->run();

    EXPECT_EQ(seen->resumed, directive == Directive::resume ? 1 : 0);
  }
}

}  // namespace
}  // namespace troupe
