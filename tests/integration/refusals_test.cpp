// Nodes that do not belong together, over real sockets: both sides say why in their logs.
#include <gtest/gtest.h>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <zmq.hpp>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using troupe::ErrorCode;

/// A node whose log the test reads.
struct LoggedNode {
  explicit LoggedNode(const std::string& name, const std::string& cluster = "troupe")
      : node({.name = name, .system = {.workers = 1}, .transport = {.cluster = cluster}}, [this] {
          troupe::Platform platform = troupe::real_platform();
          platform.log = log;
          return platform;
        }()) {}

  void expect_logged(std::string_view text) {
    EXPECT_NO_THROW(troupe::testkit::eventually(
        node.system(), [&] { return !log->lines_with(text).empty(); }, 10s))
        << text;
  }
  [[nodiscard]] ErrorCode ask(const std::string& address) {
    const auto account = node.select<Account::Protocol>("troupe://" + address + "/user/account");
    return account.ask(Balance{}, 60s).get().error().code();
  }

  const std::shared_ptr<troupe::testkit::RecordingLog> log =
      std::make_shared<troupe::testkit::RecordingLog>();
  troupe::Node node;
};

const std::string from_the_future = "TRP\3 and what only later versions know";

TEST(Refusals, NodesOfTwoClustersSayOnBothSidesHowTheyAreCalled) {
  LoggedNode red("first", "red");
  LoggedNode blue("second", "blue");

  EXPECT_EQ(red.ask(blue.node.address().to_string()), ErrorCode::node_unreachable);

  red.expect_logged("this node belongs to the cluster \"blue\", not to \"red\"");
  blue.expect_logged("this node belongs to the cluster \"blue\", not to \"red\"");
}

TEST(Refusals, ANodeOfAnotherVersionIsToldWhatThisOneSpeaks) {
  LoggedNode node("node");
  zmq::context_t context;
  zmq::socket_t later(context, zmq::socket_type::dealer);
  later.set(zmq::sockopt::linger, 0);
  later.set(zmq::sockopt::rcvtimeo, 10'000);
  later.connect("tcp://127.0.0.1:" + std::to_string(node.node.address().port));

  later.send(zmq::buffer(from_the_future), zmq::send_flags::none);

  zmq::message_t answer;
  ASSERT_TRUE(later.recv(answer));
  EXPECT_NE(answer.to_string_view().find("this node speaks version 2"), std::string_view::npos);
  node.expect_logged("is of version 3 of the protocol; this node speaks version 2");
}

TEST(Refusals, DiallingANodeOfAnotherVersionFailsAtOnceAndSaysWhy) {
  zmq::context_t context;
  zmq::socket_t later(context, zmq::socket_type::router);
  later.set(zmq::sockopt::linger, 0);
  later.set(zmq::sockopt::rcvtimeo, 10'000);
  later.bind("tcp://127.0.0.1:0");
  const std::string endpoint = later.get(zmq::sockopt::last_endpoint);
  LoggedNode node("node");
  const auto account = node.node.select<Account::Protocol>(
      "troupe://later@" + endpoint.substr(std::string("tcp://").size()) + "/user/account");
  auto asked = account.ask(Balance{}, 60s);
  zmq::message_t from;
  zmq::message_t hello;
  ASSERT_TRUE(later.recv(from));
  ASSERT_TRUE(later.recv(hello));

  later.send(from, zmq::send_flags::sndmore);
  later.send(zmq::buffer(from_the_future), zmq::send_flags::none);

  EXPECT_EQ(asked.get().error().code(), ErrorCode::node_unreachable);
  node.expect_logged("is unreachable: it speaks another version of the protocol");
}

}  // namespace
