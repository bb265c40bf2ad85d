#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <type_traits>
#include <unordered_set>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Increment {};
struct Get {
  using Reply = int;
};

class Counter : public Actor {
 public:
  using Protocol = Accepts<Increment, Get>;
  void on(Increment) { ++count_; }
  int on(Get) const { return count_; }

 private:
  int count_ = 0;
};

TEST(Messages, AreHandledOneAfterTheOtherSoThatThreeIncrementsMakeThree) {
  TestSystem system;
  auto counter = system.spawn<Counter>("counter");

  counter.tell(Increment{});
  counter.tell(Increment{});
  counter.tell(Increment{});

  EXPECT_EQ(counter.ask(Get{}).get().value(), 3);
}

struct Numbered {
  std::uint32_t sender;
  std::uint32_t number;
};
struct Disorder {
  using Reply = int;
};

/// Counts the messages that do not follow their sender's last one.
class Recorder : public Actor {
 public:
  using Protocol = Accepts<Numbered, Disorder>;
  explicit Recorder(std::size_t senders) : next_(senders, 0) {}
  void on(Numbered message) {
    if (inside_) ++disorder_;
    inside_ = true;
    if (message.number != next_[message.sender]++) ++disorder_;
    inside_ = false;
  }
  int on(Disorder) const { return disorder_; }

 private:
  std::vector<std::uint32_t> next_;
  int disorder_ = 0;
  bool inside_ = false;
};

struct Begin {
  ActorRef<Recorder::Protocol> recorder;
  std::uint32_t sender;
  std::uint32_t count;
};

class Producer : public Actor {
 public:
  using Protocol = Accepts<Begin>;
  void on(Begin begin) {
    for (std::uint32_t i = 0; i < begin.count; ++i) begin.recorder.tell(Numbered{begin.sender, i});
  }
};

TEST(Messages, FromOneSenderArriveInTheOrderTheyWereSentWhateverTheSchedule) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    TestSystem system({.seed = seed});
    auto recorder = system.spawn<Recorder>("recorder", std::size_t{3});
    for (std::uint32_t i = 0; i < 3; ++i) {
      auto producer = system.spawn<Producer>();
      producer.tell(Begin{recorder, i, 300});
    }

    system.run();

    EXPECT_EQ(recorder.ask(Disorder{}).get().value(), 0) << "seed " << seed;
  }
}

TEST(Messages, FromThreadsAndActorsArriveInOrderAndOneAtATimeOnThreeWorkers) {
  constexpr std::uint32_t count = 5'000;
  ActorSystem system("order", {.workers = 3});
  auto recorder = system.spawn<Recorder>("recorder", std::size_t{4});
  auto one = system.spawn<Producer>();
  auto two = system.spawn<Producer>();
  one.tell(Begin{recorder, 0, count});
  two.tell(Begin{recorder, 1, count});
  const auto produce = [&](std::uint32_t sender) {
    for (std::uint32_t i = 0; i < count; ++i) recorder.tell(Numbered{sender, i});
  };
  std::thread outside(produce, 2);
  produce(3);
  outside.join();
  system.drain(one);
  system.drain(two);
  ASSERT_TRUE(system.stopped(one).get().ok());
  ASSERT_TRUE(system.stopped(two).get().ok());

  EXPECT_EQ(recorder.ask(Disorder{}).get().value(), 0);
  system.drain(recorder);
  ASSERT_TRUE(system.stopped(recorder).get().ok());
  EXPECT_EQ(system.counts().handled, 4 * count + 3);
  EXPECT_EQ(system.counts().sent, 4 * count + 3);
}

TEST(Tell, ToAStoppedActorIsNoErrorAndExactlyThatMessageIsADeadLetter) {
  TestSystem system;
  Probe probe(system);
  system.actors().events().subscribe<DeadLetter>(probe.ref<Accepts<DeadLetter>>());
  auto counter = system.spawn<Counter>("counter");
  counter.tell(Increment{});
  system.run();
  system.stop(counter);
  system.run();

  EXPECT_NO_THROW(counter.tell(Increment{}));

  const auto letters = system.actors().dead_letters().recent();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].reason, ErrorCode::actor_stopped);
  EXPECT_EQ(letters[0].target, "/user/counter");
  EXPECT_EQ(letters[0].sender, "");
  EXPECT_NE(letters[0].type.find("Increment"), std::string::npos);
  const auto seen = probe.expect<DeadLetter>();
  EXPECT_EQ(seen.target, "/user/counter");
  probe.expect_no_message(1s);
}

TEST(TryTell, SaysWhyAMessageWasNotTaken) {
  TestSystem system;
  auto counter = system.spawn<Counter>("counter");
  auto full = system.actors().spawn<Counter>("full", with(bounded(1, Overflow::drop_new)));
  EXPECT_TRUE(counter.try_tell(Increment{}).ok());
  EXPECT_TRUE(full.try_tell(Increment{}).ok());

  const auto refused = full.try_tell(Increment{});
  EXPECT_EQ(refused.error().code(), ErrorCode::mailbox_full);
  EXPECT_TRUE(refused.error().definitely_not_executed());
  EXPECT_NE(refused.error().context().find("/user/full"), std::string::npos);

  system.stop(counter);
  system.run();
  EXPECT_EQ(counter.try_tell(Increment{}).error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::mailbox_full), 1U);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 2U) << "one was queued";
}

TEST(NullRef, MakesAMessageNobodysFromOutsideAndFailsAsks) {
  TestSystem system;
  const ActorRef<Counter::Protocol> nobody;

  EXPECT_FALSE(nobody);
  EXPECT_EQ(nobody.path(), "nobody");
  EXPECT_NO_THROW(nobody.tell(Increment{}));
  EXPECT_EQ(nobody.try_tell(Increment{}).error().code(), ErrorCode::no_such_actor);
  const auto answer = nobody.ask(Get{}).get();
  EXPECT_EQ(answer.error().code(), ErrorCode::no_such_actor);
  EXPECT_TRUE(answer.error().definitely_not_executed());
  system.stop(nobody);
  system.drain(nobody);
  system.kill(nobody);
  EXPECT_TRUE(system.actors().stopped(nobody).get().ok());
}

struct Poke {
  AnyRef whom;
};

/// Tells, asks and watches whom it is told.
class Poker : public Actor {
 public:
  using Protocol = Accepts<Poke>;
  explicit Poker(AnyRef reports_to) : reports_to_(reports_to) {}
  Task<> on(Poke poke) {
    poke.whom.tell(Increment{});
    const Result<int> answer = co_await ask(poke.whom, Get{}, 1s);
    reports_to_.tell(answer.ok() ? "answered" : std::string(to_string(answer.error().code())));
    watch(poke.whom);
  }
  void on(const Terminated& gone) { reports_to_.tell(std::string(to_string(gone.reason))); }

 private:
  AnyRef reports_to_;
};

TEST(NullRef, InsideAnActorLeavesADeadLetterInTheSendersSystemAndTheBooksBalance) {
  TestSystem system;
  Probe probe(system);
  auto poker = system.spawn<Poker>("poker", probe.any_ref());

  poker.tell(Poke{});

  EXPECT_EQ(probe.expect<std::string>(), "no_such_actor");
  EXPECT_EQ(probe.expect<std::string>(), "no_such_actor");
  const auto letters = system.actors().dead_letters().recent();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[0].reason, ErrorCode::no_such_actor);
  EXPECT_EQ(letters[0].target, "nobody");
  EXPECT_EQ(letters[0].sender, "/user/poker");
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST(Refs, AreValuesOfSixteenBytes) {
  using Ref = ActorRef<Counter::Protocol>;

  EXPECT_EQ(sizeof(Ref), 16U);
  EXPECT_EQ(sizeof(AnyRef), 16U);
  EXPECT_TRUE(std::is_trivially_copyable_v<Ref>);
  EXPECT_TRUE(std::is_trivially_copyable_v<AnyRef>);
  EXPECT_TRUE(std::is_nothrow_default_constructible_v<Ref>);
}

TEST(Refs, CompareAndHashByTheActorTheyName) {
  TestSystem system;
  auto a = system.spawn<Counter>("a");
  auto b = system.spawn<Counter>("b");
  const auto same = system.actors().find<Counter::Protocol>("/user/a");

  EXPECT_EQ(a, same);
  EXPECT_NE(a, b);
  EXPECT_TRUE((a < b) != (b < a));
  EXPECT_EQ((std::unordered_set<ActorRef<Counter::Protocol>>{a, b, same}.size()), 2U);
  EXPECT_EQ((std::unordered_set<AnyRef>{a, b, same}.size()), 2U);
  EXPECT_EQ(std::hash<AnyRef>()(a), std::hash<ActorRef<Counter::Protocol>>()(same));
}

TEST(Refs, ToALaterActorOfTheSameNameAreOthers) {
  TestSystem system;
  auto first = system.spawn<Counter>("counter");
  system.stop(first);
  system.run();
  auto second = system.spawn<Counter>("counter");

  first.tell(Increment{});

  EXPECT_NE(first, second);
  EXPECT_EQ(second.ask(Get{}).get().value(), 0);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 1U);
}

TEST(Refs, ConvertToRefsOfFewerMessagesAndToNoOthers) {
  using Wide = ActorRef<Accepts<Increment, Get>>;
  using Narrow = ActorRef<Accepts<Get>>;
  TestSystem system;
  const Wide wide = system.spawn<Counter>("counter");

  const Narrow narrow = wide;
  const AnyRef any = narrow;

  wide.tell(Increment{});
  EXPECT_EQ(narrow.ask(Get{}).get().value(), 1);
  EXPECT_EQ(any, AnyRef(wide));
  EXPECT_FALSE((std::is_convertible_v<Narrow, Wide>));
  EXPECT_FALSE((std::is_convertible_v<AnyRef, Wide>));
  EXPECT_TRUE((std::is_convertible_v<ActorRef<Accepts<Get, Increment>>, Wide>));
}

TEST(AnyRef, OfAnActorWithoutAHandlerForTheMessageEndsAsUnknownTypeAndUnhandled) {
  TestSystem system;
  Probe probe(system);
  system.actors().events().subscribe<Unhandled>(probe.ref<Accepts<Unhandled>>());
  const AnyRef counter = system.spawn<Counter>("counter");

  counter.tell(Poke{});
  const auto answer = counter.ask(Disorder{}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::unknown_type);
  EXPECT_TRUE(answer.error().definitely_not_executed());
  const auto unhandled = probe.expect<Unhandled>();
  EXPECT_EQ(unhandled.ref, counter);
  EXPECT_EQ(unhandled.path, "/user/counter");
  EXPECT_NE(unhandled.type.find("Poke"), std::string::npos);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::unknown_type), 2U);
  system.actors().events().unsubscribe<Unhandled>(probe.any_ref());
  system.run();
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

struct WhoAmI {
  using Reply = std::string;
};

class Mirror : public Actor {
 public:
  using Protocol = Accepts<WhoAmI>;
  std::string on(WhoAmI) { return sender() ? sender().path() : "outside"; }
};

class Looker : public Actor {
 public:
  using Protocol = Accepts<WhoAmI>;
  explicit Looker(ActorRef<Mirror::Protocol> mirror) : mirror_(mirror) {}
  Task<std::string> on(WhoAmI) {
    auto seen = co_await ask(mirror_, WhoAmI{});
    co_return std::move(seen).value();
  }

 private:
  ActorRef<Mirror::Protocol> mirror_;
};

TEST(Sender, IsTheActorThatSentTheMessageAndNobodyForThreads) {
  TestSystem system;
  auto mirror = system.spawn<Mirror>("mirror");
  auto looker = system.spawn<Looker>("looker", mirror);

  EXPECT_EQ(mirror.ask(WhoAmI{}).get().value(), "outside");
  EXPECT_EQ(looker.ask(WhoAmI{}).get().value(), "/user/looker");
}

class ForeignAsker : public Actor {
 public:
  using Protocol = Accepts<Get>;
  explicit ForeignAsker(ActorRef<Counter::Protocol> counter) : counter_(counter) {}
  Task<int> on(Get) {
    counter_.tell(Increment{});
    counter_.tell(Increment{});
    auto answer = co_await ask(counter_, Get{});
    co_return std::move(answer).value();
  }

 private:
  ActorRef<Counter::Protocol> counter_;
};

TEST(TwoSystems, InOneProcessSendToEachOther) {
  ActorSystem one("one", {.workers = 1});
  ActorSystem two("two", {.workers = 1});
  auto counter = one.spawn<Counter>("counter");
  auto asker = two.spawn<ForeignAsker>("asker", counter);

  for (int i = 1; i <= 100; ++i) EXPECT_EQ(asker.ask(Get{}).get().value(), 2 * i);

  EXPECT_TRUE(one.shutdown().complete());
  const auto answer = asker.ask(Get{}).get();
  EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
  EXPECT_TRUE(two.shutdown().complete());
  EXPECT_EQ(one.counts().sent, one.counts().handled + one.counts().dropped);
  EXPECT_EQ(two.counts().sent, two.counts().handled + two.counts().dropped);
}

}  // namespace
}  // namespace troupe
