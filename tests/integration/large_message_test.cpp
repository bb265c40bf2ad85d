// A message of 100 MB between two nodes, and what goes on beside it.
#include <gtest/gtest.h>
#include <troupe/actor/node_events.hpp>
#include <troupe/testkit/probe.hpp>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using troupe::testkit::Probe;

constexpr std::size_t message_bytes = 100'000'000;

troupe::NodeSettings roomy(const std::string& name) {
  return {.name = name,
          .system = {.workers = 2},
          .transport = {.frame_bytes_max = 2 * message_bytes,
                        .outbox_bytes_max = 2 * message_bytes,
                        .heartbeat_interval = 20ms}};
}

TEST(LargeMessage, OfAHundredMegabytesHoldsUpNeitherAsksNorHeartbeats) {
  troupe::Node first(roomy("first"));
  troupe::Node second(roomy("second"));
  Probe losses(first.system(), "losses");
  first.system().events().subscribe<troupe::NodeUnreachable>(
      losses.ref<troupe::Accepts<troupe::NodeUnreachable>>());
  Probe receiver(second.system(), "receiver");
  const auto account =
      first.select<Account::Protocol>(second.path_of(second.spawn<Account>("account")));
  const auto there = first.select<troupe::Accepts<std::string>>(second.path_of(receiver.any_ref()));
  ASSERT_EQ(account.ask(Balance{}, 10s).get(), 0);

  there.tell(std::string(message_bytes, 'x'));
  std::size_t answered_before_it_came = 0;
  while (receiver.waiting() == 0) {
    std::vector<troupe::Future<int>> answers;
    for (int i = 0; i < 16; ++i) answers.push_back(account.ask(Balance{}, 10s));
    for (auto& answer : answers) ASSERT_EQ(answer.get(), 0);
    answered_before_it_came += answers.size();
  }

  EXPECT_EQ(receiver.expect<std::string>().size(), message_bytes);
  EXPECT_GE(answered_before_it_came, 32U);
  EXPECT_EQ(losses.waiting(), 0U);
}

}  // namespace
