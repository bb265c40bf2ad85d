// Tests of what an instance begins when it is about to go: in on_stop, in on_poison and in its
// destructor. It is done, or refused with a reason; nothing of it stays, or comes to the next
// instance.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Tick {};
struct Fail {};
struct Ask {
  using Reply = int;
};
struct Watched {
  using Reply = bool;
};

class Bystander : public Actor {
 public:
  using Protocol = Accepts<Ask>;
  int on(Ask) { return 7; }
};

enum class Where : std::uint8_t { on_stop, destructor, on_poison, destructor_of_failed };

/// What happened, and what the actor does on its way out.
struct Script {
  Where where = Where::on_stop;
  AnyRef other;
  std::vector<std::string> heard;
  std::optional<Future<int>> answer;
  std::string spawned;
  int made = 0;
};

class Leaving : public Actor {
 public:
  using Protocol = Accepts<Tick, Fail, Ask, ReceiveTimeout>;
  explicit Leaving(Script* script) : script_(script), is_first_(script->made++ == 0) {}
  ~Leaving() override {
    if (script_->where == Where::destructor || script_->where == Where::destructor_of_failed) act();
  }
  void on_stop() override {
    if (script_->where == Where::on_stop) act();
  }
  Poison on_poison(const Error&) override {
    if (script_->where == Where::on_poison) act();
    return Poison::drop;
  }
  void on(const Tick&) { script_->heard.emplace_back("tick"); }
  void on(const Fail&) { throw std::runtime_error("as told"); }
  void on(const ReceiveTimeout&) { script_->heard.emplace_back("receive time-out"); }
  void on(const Terminated& gone) { script_->heard.push_back("terminated " + gone.path); }
  int on(const Ask&) { return 1; }

 private:
  void act() {
    if (!std::exchange(is_first_, false)) return;
    watch(script_->other);
    start_timer("once", after(1s), Tick{});
    start_timer("always", every(1s), Tick{});
    set_receive_timeout(1s);
    self().tell(Tick{});
    script_->answer.emplace(script_->other.ask(Ask{}, 1s));
    pipe(script_->other.ask(Ask{}, 1s), [](Result<int>) { return Tick{}; });
    events().subscribe<Tick>(self<Protocol>());
    static_cast<void>(send(script_->other, Tick{}));
    const auto child = try_spawn<Bystander>("child");
    script_->spawned = child.ok() ? "spawned" : child.error().context();
    stash(Tick{});
  }

  Script* script_;
  bool is_first_;
};

struct Fixture {
  explicit Fixture(Where where) {
    script.where = where;
    script.other = other;
    leaving = system.spawn<Leaving>("leaving", &script);
    system.run();
  }
  void expect_balanced_books() {
    const SystemCounts counts = system.actors().counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }

  Script script;
  TestSystem system;
  ActorRef<Bystander::Protocol> other = system.spawn<Bystander>("other");
  ActorRef<Leaving::Protocol> leaving;
};

TEST(WhatIsBegunAtTheEnd, IsDoneOrRefusedAndNothingStays) {
  for (const Where where : {Where::on_stop, Where::destructor}) {
    Fixture f(where);

    f.system.stop(f.leaving);
    f.system.run_for(10s);

    EXPECT_EQ(f.script.heard, std::vector<std::string>());
    ASSERT_TRUE(f.script.answer);
    EXPECT_EQ(f.script.answer->get().value(), 7);
    EXPECT_NE(f.script.spawned.find("/user/leaving is stopping"), std::string::npos);
    EXPECT_FALSE(f.system.actors().events().has_subscribers<Tick>());
    EXPECT_FALSE(f.system.actors().try_find_any("/user/leaving/child").ok());
    const auto& extras = f.other.operator AnyRef().cell()->extras;
    EXPECT_TRUE(extras == nullptr || extras->watchers.empty()) << "a watcher that has ended";
    f.expect_balanced_books();
  }
}

TEST(WhatIsBegunAtTheEnd, OfAnInstanceThatIsReplacedIsNotTheNextOnes) {
  for (const Where where : {Where::on_poison, Where::destructor_of_failed}) {
    Fixture f(where);

    f.leaving.tell(Fail{});
    f.system.run();
    EXPECT_EQ(f.script.made, 2);
    f.script.heard.clear();  // What it told itself, or put aside, is a message as any.
    f.system.run_for(10s);
    f.system.stop(f.other);
    f.system.run_for(10s);

    EXPECT_EQ(f.script.heard, std::vector<std::string>());
    EXPECT_FALSE(f.system.actors().try_find_any("/user/leaving/child").ok());
    EXPECT_EQ(f.leaving.ask(Ask{}).get().value(), 1) << "it goes on";
    f.system.stop(f.leaving);
    f.system.run();
    f.expect_balanced_books();
  }
}

/// Something that a task, or a message, holds, and that spawns when it is destroyed.
TEST(WhatIsBegunAtTheEnd, OfTheSystemEndsToo) {
  Script script;
  script.where = Where::destructor;
  {
    TestSystem system;
    script.other = system.spawn<Bystander>("other");
    static_cast<void>(system.spawn<Leaving>("leaving", &script));
    system.run();
  }
  ASSERT_TRUE(script.answer);
  EXPECT_TRUE(script.answer->is_ready());
  EXPECT_NE(script.spawned.find("is stopping"), std::string::npos);
}

class Child : public Actor {
 public:
  using Protocol = Accepts<Ask>;
  explicit Child(std::shared_ptr<int> token) : token_(std::move(token)) {}
  int on(Ask) { return *token_; }

 private:
  std::shared_ptr<int> token_;
};

TEST(ASpawnAtTheRoot, OnceThatIsStoppedIsRefusedWithTheCause) {
  TestSystem system;
  auto token = std::make_shared<int>(3);
  static_cast<void>(system.spawn<Child>("before", token));
  system.stop(system.actors().find_any("/user"));
  system.run();

  const auto made = system.actors().try_spawn<Child>("after", token);

  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), ErrorCode::shutdown);
  EXPECT_EQ(made.error().context(), "/user is stopping and takes no new actors");
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_TRUE(system.actors().shutdown().complete());
}

TEST(ASpawnAtTheRoot, ByThreadsWhileThatIsStoppedIsMadeAndEndedOrRefused) {
  for (int round = 0; round < 50; ++round) {
    auto token = std::make_shared<int>(3);
    {
      ActorSystem system("root", {.workers = 2});
      std::thread spawner([&] {
        while (system.try_spawn<Child>({}, token).ok()) {
        }
      });
      system.stop(system.find_any("/user"));
      spawner.join();
      EXPECT_TRUE(system.shutdown().complete());
    }
    EXPECT_EQ(token.use_count(), 1);
  }
}

}  // namespace
}  // namespace troupe
