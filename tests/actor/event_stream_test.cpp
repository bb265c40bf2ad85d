// Tests of the event stream: the system's own events, those of users, and who hears them.

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <troupe/actor/event_stream.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Fail {};
struct Ping {
  using Reply = int;
};
struct News {
  std::string text;
};

class Simple : public Actor {
 public:
  using Protocol = Accepts<Fail, Ping>;
  void on(Fail) { throw std::runtime_error("broken"); }
  int on(Ping) { return 1; }
};

class Events : public testing::Test {
 protected:
  template <class E>
  void subscribe() {
    system_.actors().events().subscribe<E>(probe_.ref<Accepts<E>>());
  }

  TestSystem system_;
  Probe probe_{system_, "probe"};
};

TEST_F(Events, TellOfActorsThatStart) {
  subscribe<ActorStarted>();
  auto simple = system_.spawn<Simple>("simple");
  const auto started = probe_.expect<ActorStarted>();
  EXPECT_EQ(started.ref, simple);
  EXPECT_EQ(started.path, "/user/simple");
}

TEST_F(Events, TellOfActorsThatStopAndWhy) {
  subscribe<ActorStopped>();
  auto simple = system_.spawn<Simple>("simple");
  system_.kill(simple);
  const auto stopped = probe_.expect<ActorStopped>();
  EXPECT_EQ(stopped.ref, simple);
  EXPECT_EQ(stopped.path, "/user/simple");
  EXPECT_EQ(stopped.reason, StopReason::killed);
}

TEST_F(Events, TellOfRestartsWithTheError) {
  subscribe<ActorRestarted>();
  auto simple = system_.spawn<Simple>("simple");
  simple.tell(Fail{});
  const auto restarted = probe_.expect<ActorRestarted>();
  EXPECT_EQ(restarted.ref, simple);
  EXPECT_EQ(restarted.error.context(), "std::runtime_error: broken");
}

TEST_F(Events, TellOfDeadLetters) {
  subscribe<DeadLetter>();
  auto simple = system_.spawn<Simple>("simple");
  system_.stop(simple);
  system_.run();
  probe_.tell(simple, Fail{});
  const auto letter = probe_.expect<DeadLetter>();
  EXPECT_EQ(letter.target, "/user/simple");
  EXPECT_EQ(letter.sender, "/user/probe");
  EXPECT_EQ(letter.reason, ErrorCode::actor_stopped);
}

TEST_F(Events, TellOfMessagesThatAreNotHandled) {
  subscribe<Unhandled>();
  auto simple = system_.spawn<Simple>("simple");
  AnyRef(simple).tell(News{"?"});
  const auto unhandled = probe_.expect<Unhandled>();
  EXPECT_EQ(unhandled.ref, simple);
  EXPECT_EQ(unhandled.path, "/user/simple");
  EXPECT_NE(unhandled.type.find("News"), std::string::npos);
}

TEST_F(Events, ComeOnceHoweverOftenOneSubscribes) {
  subscribe<News>();
  subscribe<News>();
  system_.actors().events().publish(News{"one"});
  EXPECT_EQ(probe_.expect<News>().text, "one");
  probe_.expect_no_message(1s);
}

TEST_F(Events, GoToEverySubscriber) {
  Probe other(system_);
  subscribe<News>();
  system_.actors().events().subscribe<News>(other.ref<Accepts<News>>());
  system_.actors().events().publish(News{"both"});
  EXPECT_EQ(probe_.expect<News>().text, "both");
  EXPECT_EQ(other.expect<News>().text, "both");
}

TEST_F(Events, EndWithUnsubscribing) {
  subscribe<News>();
  subscribe<ActorStarted>();
  system_.actors().events().unsubscribe<News>(probe_.any_ref());

  system_.actors().events().publish(News{"nobody"});
  system_.spawn<Simple>("simple");

  EXPECT_EQ(probe_.expect<ActorStarted>().path, "/user/simple");
  EXPECT_FALSE(system_.actors().events().has_subscribers<News>());
}

TEST_F(Events, AreNotMadeForNobody) {
  EXPECT_FALSE(system_.actors().events().has_subscribers<News>());
  subscribe<News>();
  EXPECT_TRUE(system_.actors().events().has_subscribers<News>());
  EXPECT_FALSE(system_.actors().events().has_subscribers<ActorStarted>());
}

TEST_F(Events, ForgetASubscriberThatStops) {
  subscribe<News>();
  probe_.stop();
  system_.run();

  system_.actors().events().publish(News{"lost"});

  EXPECT_FALSE(system_.actors().events().has_subscribers<News>());
  EXPECT_EQ(system_.actors().dead_letters().total(), 0U);
}

TEST_F(Events, AreMessagesInTheBooks) {
  subscribe<News>();
  system_.actors().events().publish(News{"counted"});
  static_cast<void>(probe_.expect<News>());
  EXPECT_EQ(system_.actors().counts().sent, 1U);
  EXPECT_EQ(system_.actors().counts().handled, 1U);
}

class Archivist : public Actor {
 public:
  using Protocol = Accepts<DeadLetter>;
  explicit Archivist(int* letters) : letters_(letters) {}
  void on(const DeadLetter&) { ++*letters_; }

 private:
  int* letters_;
};

TEST_F(Events, OfDeadLettersThatASubscriberHasNoRoomForDoNotBreedOthers) {
  int letters = 0;
  auto archivist = system_.actors().spawn<Archivist>(
      "archivist", with(bounded(1, Overflow::drop_new)), &letters);
  system_.actors().events().subscribe<DeadLetter>(archivist);
  auto simple = system_.spawn<Simple>("simple");
  system_.stop(simple);
  system_.run();

  for (int i = 0; i < 3; ++i) simple.tell(Fail{});
  system_.run();

  EXPECT_EQ(letters, 1);
  EXPECT_EQ(system_.actors().dead_letters().count(ErrorCode::mailbox_full), 2U);
}

struct SubscribeMe {};

TEST_F(Events, CanBeSubscribedToByAnActorItself) {
  class Reader : public Actor {
   public:
    using Protocol = Accepts<SubscribeMe, News, Ping>;
    void on(SubscribeMe) { events().subscribe<News>(self<Protocol>()); }
    void on(const News&) { ++news_; }
    int on(Ping) { return news_; }

   private:
    int news_ = 0;
  };
  auto reader = system_.spawn<Reader>("reader");
  reader.tell(SubscribeMe{});
  system_.run();
  system_.actors().events().publish(News{"mine"});
  EXPECT_EQ(reader.ask(Ping{}).get().value(), 1);
}

TEST_F(Events, ForgetASubscriberAtItsEnd) {
  EventStream& events = system_.actors().events();
  Probe other(system_);
  auto simple = system_.spawn("simple", behavior([](const News&) {}, [](Fail) {}));
  events.subscribe<News>(simple);
  events.subscribe<Fail>(simple);
  events.subscribe<Fail>(other.ref<Accepts<Fail>>());

  system_.stop(simple);
  system_.run();

  EXPECT_FALSE(events.has_subscribers<News>());
  EXPECT_TRUE(events.has_subscribers<Fail>());
  events.publish(Fail{});
  other.expect<Fail>();
}

TEST_F(Events, HaveNoSubscriberThatHadEndedBefore) {
  auto simple = system_.spawn("simple", behavior([](const News&) {}));
  system_.stop(simple);
  system_.run();

  system_.actors().events().subscribe<News>(simple);

  EXPECT_FALSE(system_.actors().events().has_subscribers<News>());
}

TEST_F(Events, ReachAllSubscribersThatAreLeftWhoeverHasGone) {
  EventStream& events = system_.actors().events();
  std::vector<int> heard;
  std::vector<ActorRef<Accepts<News>>> readers;
  for (int i = 0; i < 10; ++i) {
    readers.push_back(
        system_.spawn("", behavior([&heard, i](const News&) { heard.push_back(i); })));
    events.subscribe<News>(readers.back());
    events.subscribe<News>(readers.back());
  }
  for (const int gone : {0, 3, 9})
    events.unsubscribe<News>(readers[static_cast<std::size_t>(gone)]);

  events.publish(News{"today"});
  system_.run();

  std::ranges::sort(heard);
  EXPECT_EQ(heard, (std::vector<int>{1, 2, 4, 5, 6, 7, 8}));
}

class Listener : public Actor {
 public:
  using Protocol = Accepts<News>;
  explicit Listener(int* heard) : heard_(heard) {}
  void on(const News&) { ++*heard_; }

 private:
  int* heard_;
};

TEST_F(Events, ReachSubscribersOfAnotherSystemUntilTheyEnd) {
  int heard = 0;
  TestSystem other;
  auto listener = other.spawn<Listener>("listener", &heard);
  system_.actors().events().subscribe<News>(listener);

  system_.actors().events().publish(News{"to both"});
  other.run();
  EXPECT_EQ(heard, 1);

  other.stop(listener);
  other.run();
  system_.actors().events().publish(News{"to nobody"});

  EXPECT_FALSE(system_.actors().events().has_subscribers<News>());
  EXPECT_EQ(system_.actors().dead_letters().total(), 0U);
}

TEST_F(Events, ForgetSubscribersOfASystemThatIsGone) {
  int heard = 0;
  {
    TestSystem other;
    system_.actors().events().subscribe<News>(other.spawn<Listener>("listener", &heard));
  }
  system_.actors().events().publish(News{"to nobody"});

  EXPECT_EQ(heard, 0);
  EXPECT_FALSE(system_.actors().events().has_subscribers<News>());
}

TEST_F(Events, KeepNoMoreOfAnotherSystemsSubscribersThanThoseThatLive) {
  int heard = 0;
  TestSystem other;
  for (int i = 0; i < 10'000; ++i) {
    auto listener = other.spawn<Listener>({}, &heard);
    system_.actors().events().subscribe<News>(listener);
    other.stop(listener);
    other.run();
  }
  const auto begin = std::chrono::steady_clock::now();
  system_.actors().events().publish(News{"to nobody"});

  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  EXPECT_EQ(heard, 0);
}

}  // namespace
}  // namespace troupe
