// Two processes that were given one name and address, and a third that both dial.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/transport/zmq_keys.hpp>
#include <troupe/troupe.hpp>
#include <vector>

#include "bank.hpp"
#include "tcp_proxy.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using troupe::testkit::RecordingLog;

troupe::Platform log(const std::shared_ptr<RecordingLog>& recording) {
  troupe::Platform real = troupe::real_platform();
  real.log = recording;
  return real;
}

TEST(NameClash, TheNodeThatIsConnectedGoesOnAndTheOtherIsTold) {
  const auto hub_log = std::make_shared<RecordingLog>();
  const auto first_log = std::make_shared<RecordingLog>();
  const auto second_log = std::make_shared<RecordingLog>();
  troupe::Node hub({.name = "hub", .system = {.workers = 1}}, log(hub_log));
  hub.spawn<Account>("account");
  const std::string account = "troupe://" + hub.address().to_string() + "/user/account";
  troupe::Node first({.name = "twin", .system = {.workers = 1}}, log(first_log));
  first.spawn<Account>("account");
  ASSERT_TRUE(first.select<Account::Protocol>(account).ask(Balance{}, 10s).get().ok());
  const auto back =
      hub.select<Account::Protocol>("troupe://" + first.address().to_string() + "/user/account");
  ASSERT_TRUE(back.ask(Balance{}, 10s).get().ok());

  troupe::Node second({.name = "twin",
                       .advertise = "127.0.0.1:" + std::to_string(first.address().port),
                       .system = {.workers = 1}},
                      log(second_log));
  const auto refused = second.select<Account::Protocol>(account).ask(Balance{}, 10s).get();

  EXPECT_FALSE(refused.ok());
  // Each says so when it has done what others may see.
  for (const auto& lines : {hub_log, first_log, second_log}) {
    troupe::testkit::eventually(
        first.system(), [&] { return !lines->lines_with("another process").empty(); }, 10s);
  }
  EXPECT_EQ(second_log->lines_with("another process").size(), 1U);
  EXPECT_TRUE(back.ask(Balance{}, 10s).get().ok());
  EXPECT_TRUE(first.select<Account::Protocol>(account).ask(Balance{}, 10s).get().ok());
  EXPECT_EQ(hub.counters().lives_ended, 0U);
}

/// The twins have the same key, and nobody can be dialled at their address.
TEST(NameClash, TheNodeThatOnlyDialsGoesOnAndTheOtherIsTold) {
  const troupe::KeyPair of_hub = troupe::generate_keys().value();
  const troupe::KeyPair of_twins = troupe::generate_keys().value();
  const std::vector<troupe::TrustedKey> trusted = {{"hub", of_hub.public_key},
                                                   {"twin", of_twins.public_key}};
  const auto hub_log = std::make_shared<RecordingLog>();
  const auto first_log = std::make_shared<RecordingLog>();
  const auto second_log = std::make_shared<RecordingLog>();
  troupe::Node hub(
      {.name = "hub", .system = {.workers = 1}, .security = {.keys = of_hub, .trusted = trusted}},
      log(hub_log));
  const auto account = hub.spawn<Account>("account");
  const std::string path = "troupe://" + hub.address().to_string() + "/user/account";
  const troupe::NodeSettings of_twin{.name = "twin",
                                     .advertise = "127.0.0.1:" + std::to_string(free_port()),
                                     .system = {.workers = 1},
                                     .security = {.keys = of_twins, .trusted = trusted}};
  troupe::Node first(of_twin, log(first_log));
  first.select<Account::Protocol>(path).tell(bank::Deposit{1});
  const auto has = [&](int cents) {
    troupe::testkit::eventually(
        hub.system(), [&] { return *account.ask(Balance{}, 10s).get() == cents; }, 10s);
  };
  has(1);

  troupe::Node second(of_twin, log(second_log));
  second.select<Account::Protocol>(path).tell(bank::Deposit{100});

  for (const auto& lines : {hub_log, first_log, second_log}) {
    troupe::testkit::eventually(
        first.system(), [&] { return !lines->lines_with("another process").empty(); }, 10s);
  }
  first.select<Account::Protocol>(path).tell(bank::Deposit{10});
  has(11);
  EXPECT_EQ(hub.counters().lives_ended, 0U);
}

}  // namespace
