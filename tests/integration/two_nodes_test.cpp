// Two nodes in one process, over real ZeroMQ on loopback.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <thread>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using bank::Deposit;
using troupe::AnyRef;
using troupe::ErrorCode;
using troupe::testkit::Probe;

struct Numbered {
  int number;
};

/// The same message as two versions of a program know it.
struct OldOrder {
  static constexpr std::string_view wire_name = "test.Order";
  int pieces;
};
struct NewOrder {
  static constexpr std::string_view wire_name = "test.Order";
  int pieces;
  std::string colour = "grey";
};

/// Asks for a balance elsewhere when it is asked for one.
class Teller : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Balance>;
  explicit Teller(AnyRef account) : account_(account) {}
  troupe::Task<int> on(Balance) {
    auto cents = co_await ask(account_, Balance{}, 5s);
    co_return cents.ok() ? *cents : -1;
  }

 private:
  AnyRef account_;
};

troupe::NodeSettings settings(std::string name) {
  return {.name = std::move(name), .listen = "127.0.0.1:0", .system = {.workers = 1}};
}

class TwoNodes : public testing::Test {
 protected:
  [[nodiscard]] std::string path_at_second(std::string_view local) const {
    return "troupe://" + second.address().to_string() + std::string(local);
  }

  troupe::Node first{settings("first")};
  troupe::Node second{settings("second")};
};

TEST_F(TwoNodes, TellAndAskByPathBothWays) {
  const auto at_first = first.spawn<Account>("account");
  const auto at_second = second.spawn<Account>("account");
  const auto there = first.select<Account::Protocol>(second.path_of(at_second));
  const auto back = second.select<Account::Protocol>(first.path_of(at_first));

  there.tell(Deposit{500});
  there.tell(Deposit{20});
  back.tell(Deposit{7});

  EXPECT_EQ(there.ask(Balance{}, 5s).get(), 520);
  EXPECT_EQ(back.ask(Balance{}, 5s).get(), 7);
}

TEST_F(TwoNodes, FindTheirOwnActorsByTheWholePathAndNotThoseOfOthers) {
  const auto account = first.spawn<Account>("account");

  EXPECT_EQ(first.system().find<Account::Protocol>(first.path_of(account)), account);
  EXPECT_EQ(first.system().try_find_any(path_at_second("/user/account")).error().code(),
            ErrorCode::no_such_actor);
}

TEST_F(TwoNodes, DiallingEachOtherAtOnceDeliversBothWays) {
  const auto at_first = first.spawn<Account>("account");
  const auto at_second = second.spawn<Account>("account");
  const auto there = first.select<Account::Protocol>(second.path_of(at_second));
  const auto back = second.select<Account::Protocol>(first.path_of(at_first));

  std::thread other([&] { EXPECT_EQ(back.ask(Balance{}, 5s).get(), 0); });
  EXPECT_EQ(there.ask(Balance{}, 5s).get(), 0);
  other.join();
  ASSERT_EQ(first.links().size(), 1U);
  ASSERT_EQ(second.links().size(), 1U);
  EXPECT_EQ(first.links()[0].incarnation, second.incarnation());
  EXPECT_EQ(second.links()[0].incarnation, first.incarnation());
}

TEST_F(TwoNodes, AHandlerAsksAcrossNodesWithoutBlocking) {
  const auto account = second.spawn<Account>("account");
  const auto there = first.select<Account::Protocol>(second.path_of(account));
  const auto teller = first.spawn<Teller>("teller", AnyRef(there));
  there.tell(Deposit{3});

  EXPECT_EQ(teller.ask(Balance{}, 5s).get(), 3);
}

TEST_F(TwoNodes, AskOfASilentActorTimesOut) {
  second.spawn<Account>("account");
  const auto there = first.select<Account::Protocol>(path_at_second("/user/account"));

  const auto answer = there.ask(bank::Audit{}, 100ms).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::timeout);
  EXPECT_EQ(there.ask(Balance{}, 5s).get(), 0);
}

TEST_F(TwoNodes, AskOfAnUnknownPathFailsWithoutWaitingForItsTimeout) {
  const auto nobody = first.select<Account::Protocol>(path_at_second("/user/nobody"));

  const auto answer = nobody.ask(Balance{}, 60s).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::no_such_actor) << answer.error().to_string();
  EXPECT_TRUE(answer.error().definitely_not_executed());
}

TEST_F(TwoNodes, AFailedHandlersExceptionIsToldToTheAsker) {
  second.spawn<Account>("account");
  const auto there = first.select<Account::Protocol>(path_at_second("/user/account"));

  const auto answer = there.ask(bank::Overdraw{}, 5s).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::handler_failed);
  EXPECT_NE(answer.error().context().find("std::invalid_argument"), std::string::npos);
  EXPECT_NE(answer.error().context().find("the balance is 0"), std::string::npos);
}

TEST_F(TwoNodes, AHundredThousandTellsArriveInOrderAndNoneTwice) {
  constexpr int count = 100'000;
  auto roomy = settings("third");
  roomy.transport.outbox_messages_max = 2 * count;
  troupe::Node third(std::move(roomy));
  Probe probe(second.system(), "probe");
  const auto there = third.select<troupe::Accepts<Numbered>>(path_at_second("/user/probe"));

  for (int i = 0; i < count; ++i) ASSERT_TRUE(there.try_tell(Numbered{i}).ok());

  for (int i = 0; i < count; ++i) ASSERT_EQ(probe.expect<Numbered>(30s).number, i);
  EXPECT_EQ(probe.waiting(), 0U);
  EXPECT_EQ(third.link_counts().sent, static_cast<std::uint64_t>(count));
  EXPECT_EQ(second.link_counts().tells_received, static_cast<std::uint64_t>(count));
}

TEST_F(TwoNodes, TheBooksOfALinkAddUpToWhatWasDelivered) {
  second.spawn<Account>("account");
  const auto there = first.select<Account::Protocol>(path_at_second("/user/account"));
  for (int i = 0; i < 100; ++i) there.tell(Deposit{1});
  ASSERT_EQ(there.ask(Balance{}, 5s).get(), 100);

  // The peer says with its next heartbeat what it has received.
  troupe::testkit::eventually(
      first.system(), [&] { return first.link_counts().in_flight == 0; }, 10s);

  const auto links = first.links();
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].address, second.address());
  EXPECT_EQ(links[0].state, "open");
  EXPECT_EQ(links[0].sent, 101U);
  EXPECT_EQ(links[0].delivered, 101U);
}

TEST_F(TwoNodes, ANodeThatIsDeclaredDownIsRefusedForGood) {
  second.spawn<Account>("account");
  const auto there = first.select<Account::Protocol>(path_at_second("/user/account"));
  ASSERT_TRUE(there.ask(Balance{}, 5s).get().ok());

  first.declare_down(second.address());
  troupe::testkit::eventually(
      first.system(), [&] { return first.links()[0].state != "open"; }, 10s);

  EXPECT_FALSE(there.ask(Balance{}, 5s).get().ok());
}

TEST_F(TwoNodes, LargeAndSmallMessagesKeepTheirOrder) {
  Probe probe(second.system(), "probe");
  const auto there =
      first.select<troupe::Accepts<std::string, Numbered>>(path_at_second("/user/probe"));

  for (int i = 0; i < 20; ++i) {
    there.tell(std::string(1 << 20, 'x'));
    there.tell(Numbered{i});
  }

  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(probe.expect<std::string>(10s).size(), std::size_t{1} << 20U);
    EXPECT_EQ(probe.expect<Numbered>(10s).number, i);
  }
}

TEST_F(TwoNodes, ATypeWithAnAppendedFieldWorksBothWays) {
  Probe old_probe(second.system(), "old");
  Probe new_probe(second.system(), "new");

  first.select<troupe::Accepts<NewOrder>>(path_at_second("/user/old")).tell(NewOrder{3, "red"});
  first.select<troupe::Accepts<OldOrder>>(path_at_second("/user/new")).tell(OldOrder{4});

  EXPECT_EQ(old_probe.expect<OldOrder>().pieces, 3);
  const auto filled_in = new_probe.expect<NewOrder>();
  EXPECT_EQ(filled_in.pieces, 4);
  EXPECT_EQ(filled_in.colour, "grey");
}

TEST_F(TwoNodes, AnUnknownTypeIsADeadLetterAtTheSenderAndTheReceiver) {
  Probe letters(first.system(), "letters");
  first.system().events().subscribe<troupe::DeadLetter>(
      letters.ref<troupe::Accepts<troupe::DeadLetter>>());
  second.spawn<Account>("account");

  first.select<troupe::Accepts<Numbered>>(path_at_second("/user/account")).tell(Numbered{1});

  const auto letter = letters.expect<troupe::DeadLetter>(5s);
  EXPECT_EQ(letter.reason, ErrorCode::unknown_type);
  EXPECT_EQ(letter.target, path_at_second("/user/account"));
  EXPECT_EQ(second.system().dead_letters().count(ErrorCode::unknown_type), 1U);
}

TEST_F(TwoNodes, ABoundedMailboxThatBlocksItsSendersDoesNotBlockTheLink) {
  second.spawn<Account>("account");
  second.system().spawn<Account>("small",
                                 troupe::with(troupe::bounded(1, troupe::Overflow::block)));
  const auto small = first.select<Account::Protocol>(path_at_second("/user/small"));
  const auto account = first.select<Account::Protocol>(path_at_second("/user/account"));

  for (int i = 0; i < 10'000; ++i) small.tell(Deposit{1});

  EXPECT_EQ(account.ask(Balance{}, 10s).get(), 0);
}

TEST_F(TwoNodes, ShutdownFailsAsksThatAreUnderWay) {
  second.spawn<Account>("account");
  const auto there = first.select<Account::Protocol>(path_at_second("/user/account"));
  ASSERT_TRUE(there.ask(Balance{}, 5s).get().ok());
  auto answer = there.ask(bank::Audit{}, 60s);

  EXPECT_TRUE(first.shutdown().complete());

  const auto result = answer.get();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::actor_stopped);
  EXPECT_EQ(there.try_tell(Deposit{1}).error().code(), ErrorCode::shutdown);
}

TEST_F(TwoNodes, WhatWasToldBeforeShutdownStillLeaves) {
  Probe probe(second.system(), "probe");
  {
    troupe::Node third(settings("third"));
    const auto there =
        third.select<troupe::Accepts<Numbered, Balance>>(path_at_second("/user/probe"));
    auto opened = there.ask(Balance{}, 10s);
    probe.expect<Balance>(10s);
    probe.reply(0);
    ASSERT_TRUE(opened.get().ok());
    for (int i = 0; i < 1'000; ++i) there.tell(Numbered{i});
  }
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(probe.expect<Numbered>(5s).number, i);
}

TEST_F(TwoNodes, ATakenPortIsRefusedWithAReason) {
  auto taken = settings("third");
  taken.listen = "127.0.0.1:" + std::to_string(first.address().port);

  try {
    troupe::Node third(std::move(taken));
    FAIL() << "two nodes listen on one port";
  } catch (const troupe::Failure& failure) {
    EXPECT_EQ(failure.error().code(), ErrorCode::address_in_use);
    EXPECT_NE(failure.error().context().find(std::to_string(first.address().port)),
              std::string::npos);
  }
}

TEST_F(TwoNodes, AMalformedPathIsRefused) {
  EXPECT_EQ(first.try_select<Account::Protocol>("troupe://second/user/x").error().code(),
            ErrorCode::invalid_path);
  EXPECT_THROW(static_cast<void>(first.select<Account::Protocol>("nonsense")), troupe::Failure);
}

TEST_F(TwoNodes, AnOwnPathIsLookedUpAtOnce) {
  const auto account = first.spawn<Account>("account");

  EXPECT_EQ(first.select<Account::Protocol>(first.path_of(account)), account);
  EXPECT_EQ(first.select<Account::Protocol>("/user/account"), account);
  EXPECT_EQ(first.try_select<Account::Protocol>("/user/nobody").error().code(),
            ErrorCode::no_such_actor);
}

TEST_F(TwoNodes, AreBroadcastToTogetherFromAThird) {
  const auto here = first.spawn<Account>("account");
  const auto there =
      first.select<Account::Protocol>(second.path_of(second.spawn<Account>("account")));
  const auto both =
      first.spawn("both", troupe::group<Account::Protocol>({here, there}, troupe::broadcast()));
  troupe::Node third(settings("third"));
  const auto from_third = third.select<Account::Protocol>(first.path_of(both));

  from_third.tell(Deposit{5});

  EXPECT_EQ(from_third.ask(Balance{}, 5s).get(), 5);
  EXPECT_EQ(here.ask(Balance{}, 5s).get(), 5);
  EXPECT_EQ(there.ask(Balance{}, 5s).get(), 5);
}

/// Whether this machine has the address ::1.
bool has_ipv6() {
  const int socket = ::socket(AF_INET6, SOCK_STREAM, 0);
  if (socket < 0) return false;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const int bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::close(socket);
  return bound == 0;
}

TEST_F(TwoNodes, IPv6WorksToo) {
  if (!has_ipv6()) GTEST_SKIP() << "NOT TESTED: this machine has no address ::1";
  auto on_v6 = settings("third");
  on_v6.listen = "[::1]:0";
  troupe::Node third(std::move(on_v6));
  const auto account = third.spawn<Account>("account");

  EXPECT_EQ(first.select<Account::Protocol>(third.path_of(account)).ask(Balance{}, 5s).get(), 0);
}

}  // namespace
