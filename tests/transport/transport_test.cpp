#include <gtest/gtest.h>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/simulated_network.hpp>
#include <troupe/testkit/simulated_stranger.hpp>
#include <troupe/transport/frame/frame.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::testkit::Probe;
using troupe::testkit::SimulatedNetwork;
using troupe::testkit::SimulatedNode;
using troupe::testkit::SimulatedStranger;

struct Note {
  int number;
};
struct Question {
  using Reply = int;
};
struct Meet {
  AnyRef whom;
};
struct WhoAreYou {
  using Reply = AnyRef;
};
struct Stranger {
  std::string text;
};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note, Question, Meet, WhoAreYou>;
  void on(Note note) { last_ = note.number; }
  int on(Question) const { return last_; }
  void on(Meet meet) { meet.whom.tell(Note{7}); }
  AnyRef on(WhoAreYou) { return self(); }

 private:
  int last_ = 0;
};

/// Accepts questions and never answers.
class Silent : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Question>;
  troupe::Later<int> on(Question) {
    auto [reply, later] = defer<int>();
    kept_.push_back(std::move(reply));
    return later;
  }

 private:
  std::vector<troupe::ReplyTo<int>> kept_;
};

class TransportTest : public testing::Test {
 protected:
  SimulatedNetwork network;
  SimulatedNode& first = network.add("red");
  SimulatedNode& second = network.add("blue");
};

TEST_F(TransportTest, MessagesArriveInTheOrderInWhichTheyWereSent) {
  Probe probe(second.system(), "probe");
  const auto there = first.select<Clerk::Protocol>(second, "/user/probe");

  for (int i = 0; i < 1'000; ++i) there.tell(Note{i});
  network.run_for(1s);

  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(probe.expect<Note>().number, i);
  EXPECT_EQ(first.link_counts().sent, 1'000U);
  EXPECT_EQ(second.link_counts().tells_received, 1'000U);
}

TEST_F(TransportTest, AnAskIsAnsweredAcrossTheLink) {
  second.spawn<Clerk>("clerk");
  const auto clerk = first.select<Clerk::Protocol>(second, "/user/clerk");
  clerk.tell(Note{42});

  EXPECT_EQ(clerk.ask(Question{}, 1s).get(), 42);
}

TEST_F(TransportTest, AnAskThatIsNotAnsweredTimesOut) {
  second.spawn<Silent>("silent");
  const auto silent = first.select<Silent::Protocol>(second, "/user/silent");
  const auto begun = network.now();

  const auto answer = silent.ask(Question{}, 100ms).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::timeout);
  EXPECT_EQ(network.now() - begun, 100ms);
}

TEST_F(TransportTest, ARefInAMessageWorksAtItsReceiver) {
  Probe probe(first.system(), "probe");
  second.spawn<Clerk>("clerk");
  const auto clerk = first.select<Clerk::Protocol>(second, "/user/clerk");

  clerk.tell(Meet{probe.any_ref()});

  EXPECT_EQ(probe.expect<Note>().number, 7);
}

TEST_F(TransportTest, ARefThatComesHomeIsLocalAgain) {
  const auto clerk = second.spawn<Clerk>("clerk");
  const auto there = first.select<Clerk::Protocol>(second, "/user/clerk");

  const AnyRef from_there = there.ask(WhoAreYou{}, 1s).get().value();
  EXPECT_TRUE(from_there.is_remote());
  from_there.tell(Note{5});
  EXPECT_EQ(from_there.ask(Question{}, 1s).get(), 5);
  Probe probe(second.system(), "probe");
  first.select<Clerk::Protocol>(second, "/user/probe").tell(Meet{from_there});

  EXPECT_EQ(probe.expect<Meet>().whom, AnyRef(clerk));
}

TEST_F(TransportTest, ARefSentOnToAThirdNodeWorksThere) {
  SimulatedNode& third = network.add("green");
  Probe probe(first.system(), "probe");
  second.spawn<Clerk>("clerk");
  Probe middle(second.system(), "middle");
  third.spawn<Clerk>("clerk");

  first.select<Clerk::Protocol>(second, "/user/middle").tell(Meet{probe.any_ref()});
  const AnyRef passed_on = middle.expect<Meet>().whom;
  second.select<Clerk::Protocol>(third, "/user/clerk").tell(Meet{passed_on});

  EXPECT_EQ(probe.expect<Note>().number, 7);
}

TEST_F(TransportTest, TheSenderOfARemoteMessageCanBeTold) {
  Probe asking(first.system(), "asking");
  Probe answering(second.system(), "answering");
  const auto there = first.select<Clerk::Protocol>(second, "/user/answering");

  asking.tell(there, Note{1});
  answering.expect<Note>();
  answering.last_sender().tell(Note{2});

  EXPECT_EQ(asking.expect<Note>().number, 2);
}

TEST_F(TransportTest, AnUnknownPathIsKnownWithinARoundTrip) {
  const auto nobody = first.select<Clerk::Protocol>(second, "/user/nobody");
  const auto begun = network.now();

  const auto answer = nobody.ask(Question{}, 60s).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::no_such_actor);
  EXPECT_TRUE(answer.error().definitely_not_executed());
  EXPECT_LE(network.now() - begun, 6ms);  // Two handshakes and the round trip.
}

TEST_F(TransportTest, ATellToAnUnknownPathIsADeadLetterThere) {
  first.select<Clerk::Protocol>(second, "/user/nobody").tell(Note{1});
  network.run_for(1s);

  EXPECT_EQ(second.system().dead_letters().count(ErrorCode::no_such_actor), 1U);
  EXPECT_EQ(second.link_counts().refused(ErrorCode::no_such_actor), 1U);
}

TEST_F(TransportTest, AnUnknownTypeIsADeadLetterOnBothSides) {
  second.spawn<Clerk>("clerk");

  first.select_any(second.path("/user/clerk")).tell(Stranger{"hello"});
  network.run_for(1s);

  for (const SimulatedNode* node : {&first, &second}) {
    ASSERT_EQ(node->system().dead_letters().count(ErrorCode::unknown_type), 1U);
    const auto letter = node->system().dead_letters().recent().back();
    EXPECT_NE(letter.type.find("Stranger"), std::string::npos) << letter.type;
  }
  EXPECT_EQ(first.system().dead_letters().recent().back().target,
            "troupe://blue@10.0.0.2:7001/user/clerk");
}

TEST_F(TransportTest, AnAskWithoutAnAnswerSaysWhomAndForHowLong) {
  second.spawn<Silent>("silent");

  const auto there = first.select<Silent::Protocol>(second, "/user/silent");
  const auto error = there.ask(Question{}, 250ms).get().error();

  EXPECT_EQ(error.code(), ErrorCode::timeout);
  EXPECT_EQ(error.context(), "no answer from " + there.path() + " within 250 ms");
}

TEST_F(TransportTest, ACrashedPeerFailsItsAskersAtOnce) {
  second.spawn<Silent>("silent");
  auto answer = first.select<Silent::Protocol>(second, "/user/silent").ask(Question{}, 60s);
  network.run_for(100ms);

  second.crash();
  network.run_for(2ms);

  ASSERT_TRUE(answer.is_ready());
  const auto result = answer.get();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::node_unreachable);
  EXPECT_FALSE(result.error().definitely_not_executed());
  EXPECT_NE(result.error().context().find("the connection has ended"), std::string::npos);
  EXPECT_NE(result.error().context().find("may have been executed"), std::string::npos);
}

TEST_F(TransportTest, MessagesToAPeerThatIsKnownToBeGoneAreRefusedAtOnce) {
  const auto there = first.select<Clerk::Protocol>(second, "/user/clerk");
  second.crash();
  EXPECT_EQ(there.ask(Question{}, 60s).get().error().code(), ErrorCode::node_unreachable);

  there.tell(Note{1});
  const auto answer = there.ask(Question{}, 60s).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::node_unreachable);
  EXPECT_TRUE(answer.error().definitely_not_executed());
  EXPECT_EQ(first.system().dead_letters().count(ErrorCode::node_unreachable), 3U);
  EXPECT_EQ(first.link_counts().dropped(ErrorCode::node_unreachable), 3U);
}

TEST_F(TransportTest, EachErrorOfAnUnreachablePeerSaysWhyItIs) {
  const auto there = first.select<Clerk::Protocol>(second, "/user/clerk");
  second.crash();

  for (int i = 0; i < 40; ++i, network.run_for(501ms)) {  // Until it is down, and after that.
    const auto error = there.ask(Question{}, 60s).get().error();
    EXPECT_NE(error.context().find("/user/clerk: "), std::string::npos) << error.to_string();
  }
}

TEST_F(TransportTest, ATellThatWaitedForAConnectionThatNeverCameIsADeadLetter) {
  const auto there = first.select<Clerk::Protocol>(second, "/user/clerk");
  second.crash();

  there.tell(Note{1});
  network.run_for(1s);

  ASSERT_EQ(first.system().dead_letters().count(ErrorCode::node_unreachable), 1U);
  const auto letter = first.system().dead_letters().recent().back();
  EXPECT_EQ(letter.target, "troupe://blue@10.0.0.2:7001/user/clerk");
  EXPECT_NE(letter.type.find("Note"), std::string::npos);
}

TEST_F(TransportTest, ARestartedPeerIsReachedByPathAndOldRefsEndWithNodeDown) {
  second.spawn<Clerk>("clerk");
  const auto there = first.select<Clerk::Protocol>(second, "/user/clerk");
  const AnyRef old = there.ask(WhoAreYou{}, 1s).get().value();
  second.crash();
  network.run_for(1s);

  second.restart();
  second.spawn<Clerk>("clerk");
  network.run_for(1s);

  EXPECT_EQ(there.ask(Question{}, 1s).get(), 0);
  const auto answer = old.ask(Question{}, 1s).get();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::node_down);
  EXPECT_EQ(old.try_tell(Note{1}).error().code(), ErrorCode::node_down);
}

TEST_F(TransportTest, TheAnswerToAPeerThatIsBackWaitsForTheConnectionToIt) {
  second.spawn<Clerk>("clerk");
  second.select<Clerk::Protocol>(first, "/user/clerk").tell(Note{1});
  network.run_for(1s);
  first.crash();
  network.run_for(10ms);  // Now the second node pauses before it dials again.

  first.restart();
  const auto begun = network.now();
  auto answer = first.select<Clerk::Protocol>(second, "/user/clerk").ask(Question{}, 1s);

  EXPECT_EQ(answer.get(), 0);
  EXPECT_LT(network.now() - begun, 100ms);
}

TEST_F(TransportTest, APeerThatIsGoneIsDialledAgainAfterThePause) {
  const auto there = first.select<Clerk::Protocol>(second, "/user/clerk");
  second.crash();
  EXPECT_FALSE(there.ask(Question{}, 1s).get().ok());
  second.restart();
  second.spawn<Clerk>("clerk");

  EXPECT_EQ(there.ask(Question{}, 1s).get().error().code(), ErrorCode::node_unreachable);
  network.run_for(203ms);  // redial_pause, and a handshake

  EXPECT_EQ(there.ask(Question{}, 1s).get(), 0);
}

TEST_F(TransportTest, NodesOfDifferentClustersRefuseEachOtherWithAReasonOnBothSides) {
  SimulatedNode& other = network.add("green", {.cluster = "other"});

  const auto answer =
      first.select<Clerk::Protocol>(other, "/user/clerk").ask(Question{}, 60s).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::node_unreachable);
  EXPECT_EQ(first.log().lines_with("belongs to the cluster \"other\"").size(), 1U);
  EXPECT_EQ(other.log().lines_with("not to \"troupe\"").size(), 1U);
  EXPECT_EQ(other.link_counts().refused(ErrorCode::refused), 1U);
}

TEST_F(TransportTest, ANodeOfAnotherNameAtTheAddressIsNotTheOneThatWasMeant) {
  const auto there = first.try_select_any("troupe://purple@10.0.0.2:7001/user/clerk");

  const auto answer = there->ask(Question{}, 60s).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::node_unreachable);
  EXPECT_EQ(first.log().lines_with("the node there is blue@10.0.0.2:7001, not purple").size(), 1U);
}

TEST_F(TransportTest, BytesThatAreNotOursAreCountedAndOthersServed) {
  second.spawn<Clerk>("clerk");
  const std::string garbage = "GET / HTTP/1.1\r\n\r\n";
  troupe::wire::Writer request;
  begin_frame(request);
  end_message(
      request,
      begin_message(request, Request{.type_key = 1, .target = {0, "/user/clerk"}, .payload = {}}));

  SimulatedStranger stranger(network, second);
  stranger.say(std::as_bytes(std::span(garbage)));
  stranger.say(request.bytes());  // Ours, but before any hello.
  network.run_for(10ms);

  EXPECT_EQ(second.link_counts().refused(ErrorCode::malformed), 2U);
  EXPECT_EQ(first.select<Clerk::Protocol>(second, "/user/clerk").ask(Question{}, 1s).get(), 0);
}

TEST_F(TransportTest, AnotherProtocolVersionIsRefusedWithAReason) {
  const std::string frame = "TRP\3 from the future";

  SimulatedStranger stranger(network, second);
  stranger.say(std::as_bytes(std::span(frame)));
  network.run_for(10ms);

  EXPECT_EQ(second.link_counts().refused(ErrorCode::refused), 1U);
  ASSERT_EQ(stranger.answers().size(), 1U);
  EXPECT_NE(stranger.answers()[0].find("is of version 3 of the protocol"), std::string::npos);
}

TEST_F(TransportTest, AMessageThatNoFrameCanHoldIsRefused) {
  const AnyRef there = first.select_any(second.path("/user/clerk"));

  EXPECT_EQ(there.try_tell(Stranger{std::string(17 << 20, 'x')}).error().code(),
            ErrorCode::frame_too_large);
}

TEST_F(TransportTest, AFullOutboxRefusesWithLinkFull) {
  SimulatedNode& third = network.add("green", {.outbox_messages_max = 10});
  const auto there = third.select<Clerk::Protocol>(second, "/user/clerk");
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(there.try_tell(Note{i}).ok());

  const auto refused = there.try_tell(Note{10});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::link_full);
}

TEST_F(TransportTest, LargeMessagesThatOvertakeTheOrdinaryOnesAreAllHeldAndNoneIsRefused) {
  Probe probe(second.system(), "probe");
  const auto there = first.try_select_any(second.path("/user/probe"));
  network.set_conditions({.duplication = 1, .frames_in_flight_max = 1'000});
  there->tell(Note{0});
  network.run_for(1s);
  // The ordinary lane is slow from now on, while the large lane, which is new, is not.
  network.set_conditions({.delay_min = 500ms, .delay_max = 500ms, .frames_in_flight_max = 1'000});
  there->tell(Note{1});
  network.run_for(1ms);
  network.set_conditions({.duplication = 1, .frames_in_flight_max = 1'000});

  for (int i = 0; i < 200; ++i) there->tell(Stranger{std::string(70'000, 'x')});
  network.run_for(2s);

  EXPECT_EQ(second.link_counts().refused(ErrorCode::frame_too_large), 0U);
  EXPECT_EQ(second.link_counts().tells_received, 202U);
  EXPECT_EQ(second.link_counts().missed, 0U);
}

TEST_F(TransportTest, TheNumberOfPathsIsLimited) {
  SimulatedNode& third = network.add("green", {.paths_max = 1});
  ASSERT_TRUE(third.try_select_any(second.path("/user/one")).ok());

  EXPECT_TRUE(third.try_select_any(second.path("/user/one")).ok());
  EXPECT_EQ(third.try_select_any(second.path("/user/two")).error().code(),
            ErrorCode::limit_reached);
}

TEST_F(TransportTest, RefsAreSafeAfterTheirNodeIsGone) {
  const auto there = first.select<Clerk::Protocol>(second, "/user/clerk");
  first.crash();

  there.tell(Note{1});
  EXPECT_EQ(there.try_tell(Note{1}).error().code(), ErrorCode::shutdown);
  EXPECT_EQ(there.path(), "a path that was forgotten");
}

}  // namespace
