#include <gtest/gtest.h>
#include <cerrno>
#include <troupe/transport/sockets/dial_plan.hpp>

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;
using Step = DialPlan::Step;
using Action = DialPlan::Step::Action;

const TimePoint t0{1h};

DialPlan plan(const std::string& host) { return {host, 7001, 4s, t0}; }

TEST(DialPlan, ANumericHostIsNotLookedUp) {
  for (const std::string host : {"127.0.0.1", "[::1]", "::1", "[fe80::1%eth0]"}) {
    EXPECT_EQ(plan(host).begin(t0).action, Action::connect) << host;
  }
}

TEST(DialPlan, ANameIsLookedUp) {
  for (const std::string host : {"localhost", "1.2.3.4.5", "node-7.example", "::zz"}) {
    EXPECT_EQ(plan(host).begin(t0).action, Action::look_up) << host;
  }
}

TEST(DialPlan, EveryAddressIsTriedInTurn) {
  DialPlan dial = plan("localhost");
  static_cast<void>(dial.begin(t0));

  EXPECT_EQ(dial.found({.hosts = {"::1", "127.0.0.1"}}, t0).address, (NumericAddress{"::1", 7001}));
  EXPECT_EQ(dial.failed(ECONNREFUSED, t0).address, (NumericAddress{"127.0.0.1", 7001}));
  const Step used = dial.connected();

  EXPECT_EQ(used.action, Action::use);
  EXPECT_EQ(used.address, (NumericAddress{"127.0.0.1", 7001}));
  EXPECT_EQ(dial.deadline(), TimePoint::max());
}

TEST(DialPlan, AFailureNamesEachAddressAndWhatBecameOfIt) {
  DialPlan dial = plan("host");
  static_cast<void>(dial.begin(t0));
  static_cast<void>(dial.found({.hosts = {"::1", "10.0.0.1", "10.0.0.2"}}, t0));
  static_cast<void>(dial.failed(ECONNREFUSED, t0));
  static_cast<void>(dial.failed(EHOSTUNREACH, t0));

  const Step failed = dial.advance(t0 + 4s);

  EXPECT_EQ(failed.action, Action::fail);
  EXPECT_EQ(failed.reason,
            "[::1]:7001 refused the connection; there is no route to 10.0.0.1:7001; "
            "10.0.0.2:7001 did not answer within 4000 ms");
  EXPECT_FALSE(failed.own_lack);
}

TEST(DialPlan, IsRefusedOnlyWhereEachAddressHasRefused) {
  const auto outcome = [](const std::vector<int>& errors) {
    DialPlan dial = plan("host");
    static_cast<void>(dial.begin(t0));
    Step step = dial.found({.hosts = {"10.0.0.1", "10.0.0.2"}}, t0);
    for (const int error : errors) step = dial.failed(error, t0);
    return step.action == Action::fail ? step : dial.advance(t0 + 4s);
  };

  EXPECT_TRUE(outcome({ECONNREFUSED, ECONNREFUSED}).refused);
  EXPECT_TRUE(outcome({ECONNREFUSED, ECONNRESET}).refused);
  EXPECT_FALSE(outcome({ECONNREFUSED, EHOSTUNREACH}).refused);
  EXPECT_FALSE(outcome({EHOSTUNREACH, ECONNREFUSED}).refused);
  EXPECT_FALSE(outcome({ECONNREFUSED}).refused);
  EXPECT_EQ(outcome({ECONNREFUSED}).action, Action::fail);
}

TEST(DialPlan, IsNotRefusedWhereTheHostIsUnknown) {
  DialPlan dial = plan("host");
  static_cast<void>(dial.begin(t0));

  const Step failed = dial.found({.hosts = {}, .reason = "unknown"}, t0);

  EXPECT_EQ(failed.action, Action::fail);
  EXPECT_FALSE(failed.refused);
}

TEST(DialPlan, AddressesShareTheTimeThatTheLookUpHasLeft) {
  DialPlan dial = plan("host");
  static_cast<void>(dial.begin(t0));
  static_cast<void>(dial.found({.hosts = {"10.0.0.1", "10.0.0.2"}}, t0 + 2s));

  EXPECT_EQ(dial.deadline(), t0 + 3s);
  EXPECT_EQ(dial.advance(t0 + 3s - 1ns).action, Action::wait);
  EXPECT_EQ(dial.advance(t0 + 3s).action, Action::connect);
  EXPECT_EQ(dial.deadline(), t0 + 4s);
  EXPECT_EQ(dial.advance(t0 + 4s).action, Action::fail);
}

TEST(DialPlan, ALookUpThatTakesAllTheTimeFailsWithAReason) {
  DialPlan dial = plan("host.example");
  static_cast<void>(dial.begin(t0));

  const Step failed = dial.advance(t0 + 4s);

  EXPECT_EQ(failed.action, Action::fail);
  EXPECT_EQ(failed.reason,
            "the host host.example could not be looked up within 4000 ms: its name server does not "
            "answer");
}

TEST(DialPlan, ANameThatIsNotKnownFailsAtOnceForItsReason) {
  DialPlan dial = plan("nowhere");
  static_cast<void>(dial.begin(t0));

  const Step failed = dial.found({.reason = "the host nowhere is not known"}, t0);

  EXPECT_EQ(failed.action, Action::fail);
  EXPECT_EQ(failed.reason, "the host nowhere is not known");
}

TEST(DialPlan, WhatThisProcessLacksIsNotTheOtherSidesFault) {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
    DialPlan dial = plan("127.0.0.1");
    static_cast<void>(dial.begin(t0));
    EXPECT_TRUE(dial.failed(error, t0).own_lack) << error;
  }
  for (const int error : {ECONNREFUSED, ENOPROTOOPT, EPROTO, ENONET, EACCES, ETIMEDOUT}) {
    DialPlan dial = plan("127.0.0.1");
    static_cast<void>(dial.begin(t0));
    EXPECT_FALSE(dial.failed(error, t0).own_lack) << error;
  }
}

TEST(DialPlan, AnswersThatComeLateChangeNothing) {
  DialPlan dial = plan("host");
  static_cast<void>(dial.begin(t0));
  static_cast<void>(dial.advance(t0 + 4s));

  EXPECT_EQ(dial.found({.hosts = {"10.0.0.1"}}, t0 + 5s).action, Action::wait);
  EXPECT_EQ(dial.connected().action, Action::wait);
  EXPECT_EQ(dial.failed(ECONNREFUSED, t0 + 5s).action, Action::wait);
  EXPECT_EQ(dial.advance(t0 + 9s).action, Action::wait);
}

TEST(DialPlan, TriesEachAddressOnceAndNotMoreThanTheLimit) {
  DialPlan dial = plan("host");
  static_cast<void>(dial.begin(t0));
  HostAddresses many{.hosts = {"10.0.0.1", "10.0.0.1"}};
  for (int i = 2; i < 100; ++i) many.hosts.push_back("10.0.0." + std::to_string(i));
  std::size_t tried = 0;

  for (Step step = dial.found(many, t0); step.action == Action::connect; ++tried) {
    step = dial.failed(ECONNREFUSED, t0);
  }

  EXPECT_EQ(tried, DialPlan::addresses_max);
}

TEST(DialPlan, HasTimeWithoutEnd) {
  DialPlan dial("host", 1, Duration::max(), t0);
  static_cast<void>(dial.begin(t0));
  EXPECT_EQ(dial.deadline(), TimePoint::max());
  static_cast<void>(dial.found({.hosts = {"10.0.0.1"}}, t0));
  EXPECT_EQ(dial.deadline(), TimePoint::max());
}

TEST(DialPlan, AnAddressThatIsCutShortIsFollowedByTheNext) {
  DialPlan dial = plan("host");
  static_cast<void>(dial.begin(t0));
  static_cast<void>(dial.found({.hosts = {"10.0.0.1", "10.0.0.2"}}, t0));

  EXPECT_EQ(dial.cut_short(t0 + 1s).address, (NumericAddress{"10.0.0.2", 7001}));
  const Step failed = dial.cut_short(t0 + 2s);

  EXPECT_EQ(failed.action, Action::fail);
  EXPECT_EQ(failed.reason,
            "10.0.0.1:7001 did not answer within 1000 ms, and others waited to be tried; "
            "10.0.0.2:7001 did not answer within 1000 ms, and others waited to be tried");
  EXPECT_FALSE(failed.own_lack);
  EXPECT_EQ(dial.cut_short(t0 + 3s).action, Action::wait);
}

TEST(DialPlan, AHostThatHadNoTurnToBeLookedUpIsNotTheOtherSidesFault) {
  DialPlan dial = plan("host.example");
  static_cast<void>(dial.begin(t0));

  const Step failed = dial.held_up(t0 + 4s);

  EXPECT_EQ(failed.action, Action::fail);
  EXPECT_EQ(failed.reason,
            "the host host.example could not be looked up within 4000 ms: others are being looked "
            "up whose name servers do not answer");
  EXPECT_TRUE(failed.own_lack);
  EXPECT_EQ(dial.held_up(t0 + 5s).action, Action::wait);
}

TEST(DialPlan, AnAddressThatCouldNotBeTriedIsNotTheOtherSidesFault) {
  DialPlan dial = plan("10.0.0.1");
  static_cast<void>(dial.begin(t0));

  const Step failed = dial.held_up(t0 + 4s);

  EXPECT_EQ(failed.action, Action::fail);
  EXPECT_EQ(failed.reason,
            "too many connections are being tried at once to try 10.0.0.1:7001; see "
            "dials_at_once_max");
  EXPECT_TRUE(failed.own_lack);
  EXPECT_EQ(dial.held_up(t0 + 5s).action, Action::wait);
}

}  // namespace
}  // namespace troupe::transport
