// One node by the name of its host and by its address, over real ZeroMQ.
#include <gtest/gtest.h>
#include <algorithm>
#include <thread>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/probe.hpp>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using bank::Deposit;

troupe::NodeSettings settings(std::string name) {
  return {.name = std::move(name), .listen = "127.0.0.1:0", .system = {.workers = 1}};
}

class Names : public testing::Test {
 protected:
  [[nodiscard]] troupe::ActorRef<Account::Protocol> by(const std::string& host) {
    return first.select<Account::Protocol>("troupe://second@" + host + ":" +
                                           std::to_string(second.address().port) + "/user/account");
  }

  troupe::Node second{settings("second")};
  troupe::ActorRef<Account::Protocol> account = second.spawn<Account>("account");
  troupe::Node first{settings("first")};
};

TEST_F(Names, LeadToOneNode) {
  by("localhost").tell(Deposit{500});
  by("127.0.0.1").tell(Deposit{20});

  EXPECT_TRUE(by("localhost").ask(Balance{}, 10s).get().ok());
  troupe::testkit::eventually(
      first.system(), [&] { return by("127.0.0.1").ask(Balance{}, 10s).get() == 520; }, 10s);
  EXPECT_EQ(by("localhost"), by("127.0.0.1"));
  EXPECT_EQ(first.link_counts().aliases, 1U);
}

TEST_F(Names, KeepTheOrderOfWhatWasSentBeforeTheNodeWasKnown) {
  troupe::testkit::Probe probe(second.system(), "probe");
  const auto there = first.select<troupe::Accepts<Deposit>>(
      "troupe://second@localhost:" + std::to_string(second.address().port) + "/user/probe");

  for (int i = 0; i < 20'000; ++i) there.tell(Deposit{i});

  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(probe.expect<Deposit>(10s).cents, i);
  EXPECT_EQ(probe.waiting(), 0U);
}

TEST_F(Names, AskedByManyThreadsAtOnceAllAnswer) {
  std::vector<std::jthread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i, &answered] {
      const auto there = by(i % 2 == 0 ? "localhost" : "127.0.0.1");
      for (int n = 0; n < 100; ++n) answered += there.ask(Balance{}, 10s).get().ok() ? 1 : 0;
    });
  }
  threads.clear();

  EXPECT_EQ(answered, 400);
}

}  // namespace
