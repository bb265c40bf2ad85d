// Bytes that are not ours, sent to a node's port by whoever likes to: counted, logged, and of no
// effect on others.
#include <gtest/gtest.h>
#include <string>
#include <troupe/base/random.hpp>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <zmq.hpp>

#include "bank.hpp"
#include "raw_socket.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using troupe::ErrorCode;

/// What a ZeroMQ DEALER says first, with the NULL mechanism.
std::string zmtp_greeting() {
  std::string greeting("\xff\0\0\0\0\0\0\0\x01\x7f\x03\x00", 12);
  greeting.append("NULL").append(16, '\0').append(32, '\0');
  const std::string type(
      "\x05READY\x0bSocket-Type\0\0\0\x06"
      "DEALER",
      28);
  greeting.append({'\x04', static_cast<char>(type.size() - 0)}).append(type);
  return greeting;
}

troupe::Platform platform(std::shared_ptr<troupe::testkit::RecordingLog> log) {
  troupe::Platform real = troupe::real_platform();
  real.log = std::move(log);
  return real;
}

/// A node whose heartbeats are fast.
struct QuickNode {
  QuickNode() { node.spawn<Account>("account"); }

  std::shared_ptr<troupe::testkit::RecordingLog> log =
      std::make_shared<troupe::testkit::RecordingLog>();
  troupe::Node node{{.name = "quick",
                     .listen = "127.0.0.1:0",
                     .system = {.workers = 1},
                     .transport = {.heartbeat_interval = 20ms}},
                    platform(log)};
};

class Strangers : public testing::Test {
 protected:
  Strangers() { node.spawn<Account>("account"); }

  /// The node still serves others, who then leave.
  void expect_service() {
    troupe::Node other({.name = "other", .listen = "127.0.0.1:0", .system = {.workers = 1}});
    expect_answer_to(other);
  }
  void expect_answer_to(troupe::Node& other) {
    const auto account =
        other.select<Account::Protocol>("troupe://" + node.address().to_string() + "/user/account");
    EXPECT_EQ(account.ask(Balance{}, 10s).get(), 0);
  }
  void expect_refused(ErrorCode reason, std::uint64_t times) {
    troupe::testkit::eventually(
        node.system(), [&] { return node.link_counts().refused(reason) >= times; }, 10s);
    EXPECT_EQ(node.link_counts().refused(reason), times);
  }

  void expect_ends(std::uint64_t connections) {
    troupe::testkit::eventually(
        node.system(), [&] { return node.link_counts().connections_ended >= connections; }, 10s);
  }

  std::shared_ptr<troupe::testkit::RecordingLog> log =
      std::make_shared<troupe::testkit::RecordingLog>();
  troupe::Node node{{.name = "node", .listen = "127.0.0.1:0", .system = {.workers = 1}},
                    platform(log)};
};

TEST_F(Strangers, RawZeroMqFramesAreRefused) {
  zmq::context_t context;
  zmq::socket_t dealer(context, zmq::socket_type::dealer);
  dealer.set(zmq::sockopt::linger, 0);
  dealer.connect("tcp://127.0.0.1:" + std::to_string(node.address().port));

  dealer.send(zmq::str_buffer("hello, is anybody there?"), zmq::send_flags::none);
  dealer.send(zmq::str_buffer("TRP\2\xff\xff\xff\xff"), zmq::send_flags::none);
  dealer.send(zmq::message_t(), zmq::send_flags::none);

  expect_refused(ErrorCode::malformed, 3);
  expect_service();
}

TEST_F(Strangers, RandomZeroMqFramesAreRefused) {
  zmq::context_t context;
  zmq::socket_t dealer(context, zmq::socket_type::dealer);
  dealer.set(zmq::sockopt::linger, 0);
  dealer.connect("tcp://127.0.0.1:" + std::to_string(node.address().port));
  troupe::Random random(11);

  for (int i = 0; i < 1'000; ++i) {
    std::string bytes(random.below(300), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.below(256));
    dealer.send(zmq::buffer(bytes), zmq::send_flags::none);
  }

  expect_refused(ErrorCode::malformed, 1'000);
  expect_service();
}

TEST_F(Strangers, AConnectionThatHasChosenItsOwnRoutingIdIsRefused) {
  zmq::context_t context;
  zmq::socket_t dealer(context, zmq::socket_type::dealer);
  dealer.set(zmq::sockopt::linger, 0);
  dealer.set(zmq::sockopt::routing_id, "peer@127.0.0.1:9/control#1");
  dealer.connect("tcp://127.0.0.1:" + std::to_string(node.address().port));
  troupe::wire::Writer hello;
  troupe::transport::begin_frame(hello);
  append(hello, troupe::transport::Hello{7, 1, "troupe", "peer@127.0.0.1:9"});

  dealer.send(zmq::const_buffer(hello.data(), hello.size()), zmq::send_flags::none);

  expect_refused(ErrorCode::malformed, 1);
  EXPECT_EQ(node.link_counts().peers_now, 0U);
  expect_service();
}

TEST_F(Strangers, AMessageOfSeveralPartsCountsOnceWhateverTheirNumber) {
  zmq::context_t context;
  zmq::socket_t dealer(context, zmq::socket_type::dealer);
  dealer.set(zmq::sockopt::linger, 0);
  dealer.connect("tcp://127.0.0.1:" + std::to_string(node.address().port));

  for (int i = 0; i < 1'000; ++i) dealer.send(zmq::message_t(), zmq::send_flags::sndmore);
  dealer.send(zmq::message_t(), zmq::send_flags::none);

  expect_refused(ErrorCode::malformed, 2);  // Its first part is none of ours either.
  expect_service();
}

TEST_F(Strangers, AFramePastTheLimitIsRefused) {
  zmq::context_t context;
  zmq::socket_t dealer(context, zmq::socket_type::dealer);
  dealer.set(zmq::sockopt::linger, 0);
  dealer.connect("tcp://127.0.0.1:" + std::to_string(node.address().port));

  dealer.send(zmq::message_t(std::string(300 << 10, 'x')), zmq::send_flags::none);

  expect_refused(ErrorCode::frame_too_large, 1);
  expect_service();
}

TEST_F(Strangers, AFrameThatIsLongerThanAnyMayBeEndsItsConnection) {
  RawSocket socket(node.address().port);
  ASSERT_TRUE(socket.connected());
  // One byte more than ZeroMQ is to find memory for.
  const std::string length("\0\0\0\0\0\x08\0\x01", 8);

  socket.send(zmtp_greeting());
  socket.receive(64 + 43);  // What a ROUTER says first.
  socket.send('\x02' + length + "x");

  EXPECT_TRUE(socket.is_ended());
  const auto lines = [&] { return log->lines_with("a message of more than 512 KiB came on it"); };
  troupe::testkit::eventually(node.system(), [&] { return !lines().empty(); }, 10s);
  EXPECT_EQ(lines().size(), 1U);
  EXPECT_EQ(node.link_counts().connections_unproven, 1U);
  expect_service();
}

/// A peer whose connection ends without a farewell: it announces more than ZeroMQ takes.
void break_a_connection(troupe::Node& node) {
  zmq::context_t context;
  zmq::socket_t dealer(context, zmq::socket_type::dealer);
  dealer.set(zmq::sockopt::linger, 0);
  dealer.set(zmq::sockopt::reconnect_ivl, -1);
  dealer.set(zmq::sockopt::rcvtimeo, 10'000);
  dealer.connect("tcp://127.0.0.1:" + std::to_string(node.address().port));
  troupe::wire::Writer hello;
  troupe::transport::begin_frame(hello);
  append(hello, troupe::transport::Hello{7, 1, "troupe", "peer@127.0.0.1:9"});
  dealer.send(zmq::const_buffer(hello.data(), hello.size()), zmq::send_flags::none);
  zmq::message_t welcome;
  ASSERT_TRUE(dealer.recv(welcome).has_value());
  const std::uint64_t ended = node.link_counts().connections_ended;
  dealer.send(zmq::message_t(std::string(600 << 10, 'x')), zmq::send_flags::none);
  // It is the node that ends it.
  troupe::testkit::eventually(
      node.system(), [&] { return node.link_counts().connections_ended > ended; }, 10s);
}

/// Of those who have said a valid hello ZeroMQ tells as little. Ends are checked in their order.
TEST(AConnectionOfAPeers, ThatEndsWithoutAFarewellIsLoggedAndOneThatLeavesIsNot) {
  QuickNode node;
  for (int i = 0; i < 5; ++i) {
    QuickNode other;
    const auto account = other.node.select<Account::Protocol>(
        "troupe://" + node.node.address().to_string() + "/user/account");
    ASSERT_EQ(account.ask(Balance{}, 10s).get(), 0);
  }
  troupe::testkit::eventually(
      node.node.system(), [&] { return node.node.link_counts().connections_ended >= 10; }, 10s);

  break_a_connection(node.node);

  const auto lines = [&] { return node.log->lines_with("without a farewell"); };
  troupe::testkit::eventually(node.node.system(), [&] { return !lines().empty(); }, 10s);
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_NE(lines()[0].text.find("the control connection of peer@127.0.0.1:9"), std::string::npos);
  EXPECT_NE(lines()[0].text.find("a message of more than 512 KiB came on it"), std::string::npos);
  EXPECT_EQ(node.node.link_counts().connections_broken, 1U);
}

TEST_F(Strangers, AFrameThatAnnouncesATerabyteEndsItsConnection) {
  RawSocket socket(node.address().port);
  ASSERT_TRUE(socket.connected());

  socket.send(zmtp_greeting() + std::string("\x02\x00\x00\x01\x00\x00\x00\x00\x00", 9) + "x");

  EXPECT_TRUE(socket.is_ended());
  expect_ends(1);
  expect_service();
}

/// Each of its parts may be as long as it is; ZeroMQ would keep them all.
TEST_F(Strangers, AMessageOfEverMorePartsEndsItsConnection) {
  RawSocket socket(node.address().port);
  ASSERT_TRUE(socket.connected());
  const std::string part =
      std::string("\x03\0\0\0\0\0\x01\0\0", 9) + std::string(std::size_t{64} << 10U, 'x');
  constexpr std::size_t sent_max = std::size_t{4} << 30U;

  socket.send(zmtp_greeting());
  socket.receive(64 + 43);  // What a ROUTER says first.
  std::size_t sent = 0;
  while (sent < sent_max && node.link_counts().connections_hung_up == 0) {
    sent += socket.send_some(std::string_view(part).substr(sent % part.size()));
  }

  EXPECT_LT(sent, sent_max);
  expect_ends(1);
  EXPECT_EQ(node.link_counts().connections_hung_up, 1U);
  EXPECT_EQ(log->lines_with("a message of ever more parts").size(), 1U);
  expect_service();
}

TEST_F(Strangers, AnotherProtocolOnThePortIsRefused) {
  RawSocket socket(node.address().port);
  ASSERT_TRUE(socket.connected());

  socket.send("\xff this is not what ZeroMQ says first, and never will be, for all of 64 bytes");

  EXPECT_TRUE(socket.is_ended());
  expect_refused(ErrorCode::malformed, 1);
  expect_service();
}

TEST_F(Strangers, APeerThatLeavesIsNone) {
  expect_service();

  expect_ends(2);  // The lanes that it used.

  EXPECT_EQ(node.link_counts().refused(ErrorCode::malformed), 0U);
  EXPECT_TRUE(log->lines_with("stranger").empty());
}

TEST_F(Strangers, AreToldFromThePeersThatAreConnectedMeanwhile) {
  {
    troupe::Node other({.name = "other", .listen = "127.0.0.1:0", .system = {.workers = 1}});
    expect_answer_to(other);
    RawSocket socket(node.address().port);
    socket.send("\xff this is not what ZeroMQ says first, and never will be, for all of 64 bytes");
    EXPECT_TRUE(socket.is_ended());
    expect_refused(ErrorCode::malformed, 1);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(RawSocket(node.address().port).connected());
    expect_ends(4);
  }

  expect_ends(6);
  EXPECT_EQ(node.link_counts().refused(ErrorCode::malformed), 1U);
  EXPECT_EQ(node.link_counts().connections_unproven, 4U);
}

TEST_F(Strangers, AnHttpRequestIsRefused) {
  RawSocket socket(node.address().port);
  ASSERT_TRUE(socket.connected());
  std::string request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n";
  while (request.size() < 4'096) request += "X-Padding: a long header that says nothing\r\n";

  socket.send(request);

  troupe::testkit::eventually(
      node.system(), [&] { return node.link_counts().refused(ErrorCode::malformed) > 0; }, 10s);
  expect_service();
}

}  // namespace
