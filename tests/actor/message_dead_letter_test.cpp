#include <gtest/gtest.h>

#include <string>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::Probe;
using testkit::TestSystem;

struct Word {
  std::string text;
};

class Listener : public Actor {
 public:
  using Protocol = Accepts<Word>;
  void on(const Word&) {}
};

ActorRef<Listener::Protocol> dead_listener(TestSystem& system, std::string_view name) {
  auto listener = system.spawn<Listener>(name);
  system.stop(listener);
  system.run();
  return listener;
}

TEST(DeadLetters, KeepTheLastOnesAndCountAll) {
  TestSystem system({.actors = {.dead_letters_max = 3}});
  auto a = dead_listener(system, "a");
  auto b = dead_listener(system, "b");

  for (int i = 0; i < 4; ++i) a.tell(Word{"to a"});
  for (int i = 0; i < 2; ++i) b.tell(Word{"to b"});

  const auto kept = system.actors().dead_letters().recent();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[0].target, "/user/a");
  EXPECT_EQ(kept[1].target, "/user/b");
  EXPECT_EQ(kept[2].target, "/user/b");
  EXPECT_EQ(system.actors().dead_letters().total(), 6U);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 6U);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::mailbox_full), 0U);
}

TEST(DeadLetters, MayBeCountedAndNotKept) {
  TestSystem system({.actors = {.dead_letters_max = 0}});
  auto gone = dead_listener(system, "gone");

  gone.tell(Word{"hello"});

  EXPECT_TRUE(system.actors().dead_letters().recent().empty());
  EXPECT_EQ(system.actors().dead_letters().total(), 1U);
}

TEST(DeadLetters, AreLoggedTenASecondAndTheRestIsCounted) {
  TestSystem system;
  auto gone = dead_listener(system, "gone");

  for (int i = 0; i < 25; ++i) gone.tell(Word{"hello"});
  EXPECT_EQ(system.log().lines_with("dead letter: ").size(), 10U);
  system.run_for(1s);
  gone.tell(Word{"hello"});

  EXPECT_EQ(system.log().lines_with("15 more dead letters").size(), 1U);
  EXPECT_EQ(system.log().lines_with("dead letter: ").size(), 11U);
}

TEST(DeadLetters, ThatWereNotLoggedAreCountedInTheLogAtShutdown) {
  TestSystem system;
  auto gone = dead_listener(system, "gone");
  for (int i = 0; i < 25; ++i) gone.tell(Word{"hello"});

  EXPECT_TRUE(system.actors().shutdown().complete());

  EXPECT_EQ(system.log().lines_with("15 more dead letters").size(), 1U);
}

TEST(DeadLetters, KeepTenThousandWhenNothingElseIsSaid) {
  TestSystem system;
  auto gone = dead_listener(system, "gone");

  for (int i = 0; i < 10'001; ++i) gone.tell(Word{"hello"});

  EXPECT_EQ(system.actors().dead_letters().recent().size(), 10'000U);
  EXPECT_EQ(system.actors().dead_letters().total(), 10'001U);
}

TEST(DeadLetters, OfEachReasonAddUpAndBalanceTheBooksWithWhatIsInFlight) {
  TestSystem system;
  auto gone = dead_listener(system, "gone");
  auto full = system.actors().spawn<Listener>("full", with(bounded(2, Overflow::drop_new)));
  auto busy = system.spawn<Listener>("busy");
  for (int i = 0; i < 3; ++i) gone.tell(Word{""});
  for (int i = 0; i < 6; ++i) full.tell(Word{""});
  for (int i = 0; i < 5; ++i) busy.tell(Word{""});

  const DeadLetters& letters = system.actors().dead_letters();
  EXPECT_EQ(letters.count(ErrorCode::actor_stopped), 3U);
  EXPECT_EQ(letters.count(ErrorCode::mailbox_full), 4U);
  EXPECT_EQ(letters.total(), 7U);
  const SystemCounts before = system.actors().counts();
  EXPECT_EQ(before.sent, before.handled + before.dropped + 2U + 5U);
  system.run();
  const SystemCounts after = system.actors().counts();
  EXPECT_EQ(after.sent, before.sent);
  EXPECT_EQ(after.sent, after.handled + after.dropped);
}

TEST(DeadLetters, NameTypeTargetAndSenderInTheLog) {
  TestSystem system;
  auto gone = dead_listener(system, "gone");

  gone.tell(Word{"hello"});

  const auto lines = system.log().lines_with("dead letter: ");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].text.find("Word"), std::string::npos);
  EXPECT_NE(lines[0].text.find("/user/gone"), std::string::npos);
  EXPECT_NE(lines[0].text.find("outside"), std::string::npos);
  EXPECT_NE(lines[0].text.find("actor_stopped"), std::string::npos);
}

TEST(DeadLetters, InAStoppingActorsMailboxKeepTheirOrder) {
  TestSystem system;
  auto busy = system.actors().spawn<Listener>("busy");
  auto other = system.actors().spawn<Listener>("other");
  busy.tell(Word{"1"});
  other.tell(Word{"2"});
  system.kill(busy);
  system.kill(other);
  system.run();

  const auto letters = system.actors().dead_letters().recent();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters[0].target, "/user/busy");
  EXPECT_EQ(letters[1].target, "/user/other");
}

class Archive : public Actor {
 public:
  using Protocol = Accepts<DeadLetter>;
  void on(const DeadLetter&) {}
};

TEST(DeadLetters, OfASubscribersOwnAreNotPublishedAgain) {
  TestSystem system;
  auto archive = system.actors().spawn<Archive>("archive", with(bounded(1, Overflow::drop_new)));
  system.actors().events().subscribe<DeadLetter>(archive);
  auto gone = dead_listener(system, "gone");

  gone.tell(Word{"1"});
  gone.tell(Word{"2"});
  gone.tell(Word{"3"});
  system.run();

  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::actor_stopped), 3U);
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::mailbox_full), 2U);
  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

TEST(DeadLetters, NeverWaitForRoomInASubscribersMailbox) {
  TestSystem system;
  auto archive = system.actors().spawn<Archive>("archive", with(bounded(1, Overflow::block)));
  system.actors().events().subscribe<DeadLetter>(archive);
  auto gone = dead_listener(system, "gone");

  gone.tell(Word{"1"});
  EXPECT_FALSE(gone.try_tell(Word{"2"}).ok());

  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::mailbox_full), 1U);
}

TEST(DeadLetters, ReachASubscriberUntilItUnsubscribesOrStops) {
  TestSystem system;
  Probe probe(system);
  Probe other(system);
  auto gone = dead_listener(system, "gone");
  system.actors().events().subscribe<DeadLetter>(probe.ref<Accepts<DeadLetter>>());
  system.actors().events().subscribe<DeadLetter>(probe.ref<Accepts<DeadLetter>>());
  system.actors().events().subscribe<DeadLetter>(other.ref<Accepts<DeadLetter>>());

  gone.tell(Word{"1"});
  EXPECT_EQ(probe.expect<DeadLetter>().reason, ErrorCode::actor_stopped);
  EXPECT_EQ(other.expect<DeadLetter>().reason, ErrorCode::actor_stopped);
  probe.expect_no_message(1s);

  system.actors().events().unsubscribe<DeadLetter>(probe.any_ref());
  other.stop();
  system.run();
  gone.tell(Word{"2"});
  probe.expect_no_message(1s);
  EXPECT_EQ(system.actors().dead_letters().total(), 2U);
}

}  // namespace
}  // namespace troupe
