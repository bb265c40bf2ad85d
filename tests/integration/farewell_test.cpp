// Nodes that end in order are known to have left, however soon after their last word.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/recording_log.hpp>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using troupe::Node;

constexpr std::uint64_t clients = 60;

/// What a client is sent just before its connections end is read after that.
TEST(Farewell, IsHeardOfEachClientThatEndsRightAfterAnAnswer) {
  auto log = std::make_shared<troupe::testkit::RecordingLog>();
  troupe::Platform platform = troupe::real_platform();
  platform.log = log;
  Node server({.name = "server", .listen = "127.0.0.1:0"}, platform);
  server.spawn<Account>("account");
  const std::string path = "troupe://" + server.address().to_string() + "/user/account";

  for (std::uint64_t i = 0; i < clients; ++i) {
    Node client({.name = "client", .listen = "127.0.0.1:0", .system = {.workers = 1}});
    ASSERT_EQ(client.select<Account::Protocol>(path).ask(Balance{}, 10s).get(), 0);
  }

  troupe::testkit::eventually(
      server.system(), [&] { return server.link_counts().lives_ended == clients; }, 10s);
  EXPECT_EQ(server.link_counts().lives_ended, clients);
  EXPECT_EQ(log->lines_with("it has left").size(), clients);
  EXPECT_TRUE(log->lines_with("is unreachable").empty());
}

}  // namespace
