// What actors do with refs to other nodes and with messages from there, whatever the link is.

#include <gtest/gtest.h>

#include <array>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

#include "fake_link.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::TestSystem;
using Words = std::vector<std::string>;

struct Note {
  std::string text;
};
struct Count {
  using Reply = int;
  int from;
};
struct Say {
  std::string text;
};
struct Inquire {
  using Reply = int;
};
struct Watch {};
struct Unwatch {};
struct Fail {};

using Remote = Accepts<Note, Count>;

/// Passes on to the remote actor; watches it when told to.
class Clerk : public Actor {
 public:
  using Protocol = Accepts<Note, Count, Watch, Unwatch, Fail>;
  explicit Clerk(AnyRef there, int* terminated = nullptr)
      : there_(there), terminated_(terminated) {}
  void on(Note note) { forward(there_, std::move(note)); }
  Forwarded<int> on(Count count) { return forward(there_, count); }
  void on(Watch) { watch(there_); }
  void on(Unwatch) { unwatch(there_); }
  void on(Fail) { throw std::runtime_error("as told"); }
  void on(const Terminated&) { ++*terminated_; }

 private:
  AnyRef there_;
  int* terminated_;
};

/// Sends to the clerk.
class Customer : public Actor {
 public:
  using Protocol = Accepts<Say, Inquire>;
  explicit Customer(ActorRef<Clerk::Protocol> clerk) : clerk_(clerk) {}
  void on(Say say) { clerk_.tell(Note{say.text}); }
  Task<int> on(Inquire) {
    auto answer = co_await ask(clerk_, Count{1});
    co_return std::move(answer).value();
  }

 private:
  ActorRef<Clerk::Protocol> clerk_;
};

struct RemoteRef : testing::Test {
  /// Those who watch say so to the link when they end.
  void TearDown() override { static_cast<void>(system.actors().shutdown()); }
  void expect_balanced_books() {
    const SystemCounts counts = system.actors().counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }
  /// Bytes from the other node that claim to be an M.
  template <class M>
  void receive(AnyRef target, std::span<const std::byte> bytes) {
    runtime::deliver(target.cell(),
                     runtime::make_encoded(runtime::Kind::encoded, target.id(), nullptr,
                                           {wire::type_key<M>, bytes, &link, {}}));
  }

  TestSystem system;
  FakeLink link{system.actors()};
};

TEST_F(RemoteRef, ThatAMessageIsForwardedToSeesItsFirstSender) {
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7));
  auto customer = system.spawn<Customer>("customer", clerk);

  customer.tell(Say{"hello"});
  EXPECT_EQ(customer.ask(Inquire{}).get().value(), 42);

  EXPECT_EQ(
      link.told,
      (Words{"troupe::{anonymous}::Note to troupe://there@host:1/user/7 from /user/customer",
             "troupe::{anonymous}::Count to troupe://there@host:1/user/7 from /user/customer ?"}));
}

TEST_F(RemoteRef, ThatRefusesAForwardedMessageLeavesADeadLetterOfItsFirstSender) {
  link.refusal = ErrorCode::node_unreachable;
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7));
  auto customer = system.spawn<Customer>("customer", clerk);

  customer.tell(Say{"hello"});
  system.run();

  const auto letters = system.actors().dead_letters().recent();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].reason, ErrorCode::node_unreachable);
  EXPECT_EQ(letters[0].sender, "/user/customer");
  expect_balanced_books();
}

TEST_F(RemoteRef, IsWatchedByItsLinkOncePerWatcherUntilItUnwatches) {
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7));

  clerk.tell(Watch{});
  clerk.tell(Watch{});
  clerk.tell(Unwatch{});
  clerk.tell(Unwatch{});
  system.run();

  EXPECT_EQ(link.told, (Words{"/user/clerk watches troupe://there@host:1/user/7",
                              "/user/clerk unwatches troupe://there@host:1/user/7"}));
}

TEST_F(RemoteRef, IsNotWatchedAnyMoreByAnInstanceThatIsReplacedOrHasEnded) {
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7));
  clerk.tell(Watch{});
  clerk.tell(Fail{});
  clerk.tell(Watch{});
  system.run();
  system.stop(clerk);
  system.run();

  EXPECT_EQ(link.told, (Words{"/user/clerk watches troupe://there@host:1/user/7",
                              "/user/clerk unwatches troupe://there@host:1/user/7",
                              "/user/clerk watches troupe://there@host:1/user/7",
                              "/user/clerk unwatches troupe://there@host:1/user/7"}));
}

TEST_F(RemoteRef, IsToldOfItsEndWithTheRefThatWasWatchedAndOnce) {
  int terminated = 0;
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7), &terminated);
  clerk.tell(Watch{});
  system.run();
  const AnyRef any = clerk;
  for (const std::uint64_t ended : {8U, 7U, 7U}) {
    ASSERT_TRUE(runtime::deliver_notice(
        any.cell(), runtime::make_envelope(
                        runtime::Kind::terminated, any.id(), 0,
                        Terminated{link.actor(ended), link.path(ended), StopReason::node_down})));
  }
  system.run();
  EXPECT_EQ(terminated, 1);
}

TEST_F(RemoteRef, WithTheIdOfALocalActorIsAnotherActorToItsWatcher) {
  int terminated = 0;
  auto local = system.spawn<Clerk>("local", AnyRef());
  const AnyRef namesake = link.actor(AnyRef(local).id());
  auto watcher = system.spawn<Clerk>("watcher", namesake, &terminated);
  watcher.tell(Watch{});
  system.run();

  system.stop(local);
  system.run();

  EXPECT_EQ(terminated, 0);
  EXPECT_EQ(link.told.size(), 1U);
}

TEST_F(RemoteRef, WhoseLinkCarriesNoWatchesIsNamedInTheLogAndHarmsNobody) {
  link.carries_watches = false;
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7));

  clerk.tell(Watch{});
  system.run();

  EXPECT_EQ(system.log().lines_with("cannot watch troupe://there@host:1/user/7").size(), 1U);
}

TEST_F(RemoteRef, InAGroupIsWatchedAndTakenOutWhenItHasEnded) {
  auto router = system.actors().spawn(
      "router", group<Accepts<Note>>({ActorRef<Accepts<Note>>(link.actor(7)),
                                      ActorRef<Accepts<Note>>(link.actor(8))}));
  const AnyRef any = router;
  system.run();
  EXPECT_EQ(link.told, (Words{"/user/router watches troupe://there@host:1/user/7",
                              "/user/router watches troupe://there@host:1/user/8"}));
  link.told.clear();

  ASSERT_TRUE(runtime::deliver_notice(
      any.cell(),
      runtime::make_envelope(runtime::Kind::terminated, any.id(), 0,
                             Terminated{link.actor(7), link.path(7), StopReason::node_down})));
  router.tell(Note{"first"});
  router.tell(Note{"second"});
  system.run();

  const std::string to_8 = "troupe::{anonymous}::Note to troupe://there@host:1/user/8 from nobody";
  EXPECT_EQ(link.told, (Words{to_8, to_8}));
}

TEST_F(RemoteRef, ToABehaviourOrAClassBringsMalformedBytesThatAreDroppedAndNotHandled) {
  const std::array bytes{std::byte{0xc1}};  // No msgpack value begins so.
  int notes = 0;
  auto behaved = system.spawn("behaved", behavior([&notes](const Note&) { ++notes; }));
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7));

  receive<Note>(clerk, bytes);
  receive<Note>(behaved, bytes);
  system.run();

  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, 2U);
  EXPECT_EQ(counts.handled, 0U);
  EXPECT_EQ(counts.dropped, 2U);
  EXPECT_EQ(link.dropped_for, std::vector(2, ErrorCode::malformed));
  EXPECT_EQ(system.actors().dead_letters().count(ErrorCode::malformed), 2U);
  EXPECT_EQ(notes, 0);
}

TEST_F(RemoteRef, ToARouterByKeyBringsMalformedBytesThatAreDroppedAndNotHandled) {
  const std::array bytes{std::byte{0xc1}};
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7));
  auto router = system.actors().spawn(
      "router",
      group<Accepts<Note>>({clerk}, consistent_hash([](const Note& n) { return n.text; })));

  receive<Note>(router, bytes);
  system.run();

  const SystemCounts counts = system.actors().counts();
  EXPECT_EQ(counts.sent, 1U);
  EXPECT_EQ(counts.handled, 0U);
  EXPECT_EQ(counts.dropped, 1U);
}

TEST_F(RemoteRef, ToAnActorBringsAnUnknownTypeThatIsDroppedAndNotHandled) {
  const std::array bytes{std::byte{0x90}};
  auto clerk = system.spawn<Clerk>("clerk", link.actor(7));

  receive<Say>(clerk, bytes);
  system.run();

  EXPECT_EQ(link.dropped_for, std::vector{ErrorCode::unknown_type});
  EXPECT_EQ(system.actors().dead_letters().recent().at(0).type, "a type of theirs");
  expect_balanced_books();
}

}  // namespace
}  // namespace troupe
