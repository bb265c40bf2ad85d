// Two processes that were given one name and address, and a third that both dial.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/transport/security/zmq_keys.hpp>
#include <troupe/troupe.hpp>
#include <vector>
#include <zmq.hpp>

#include "bank.hpp"
#include "bank_process.hpp"
#include "raw_socket.hpp"
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

/// A hub, which is connected to a process that is paused from then on, and waits for it no longer
/// than a second when another comes by its name.
class PausedNamesake : public testing::Test {
 protected:
  explicit PausedNamesake(troupe::Duration handshake_timeout = 2s,
                          troupe::Duration heartbeat_interval = 500ms)
      : hub({.name = "hub",
             .system = {.workers = 1},
             .transport = {.handshake_timeout = handshake_timeout,
                           .hello_timeout = 1500ms,
                           .heartbeat_interval = heartbeat_interval}}) {
    hub.spawn<Account>("account");
    EXPECT_TRUE(hub.select<Account::Protocol>(bank.path()).ask(Balance{}, 10s).get().ok());
    bank.process.pause();
  }
  [[nodiscard]] std::unique_ptr<troupe::Node> second() const {
    return std::make_unique<troupe::Node>(
        troupe::NodeSettings{
            .name = "bank", .advertise = bank.host_port(), .system = {.workers = 1}},
        log(second_log));
  }
  [[nodiscard]] troupe::ActorRef<Account::Protocol> account_of_hub(troupe::Node& from) const {
    return from.select<Account::Protocol>("troupe://" + hub.address().to_string() +
                                          "/user/account");
  }
  void wait_for(const std::function<bool()>& holds) {
    troupe::testkit::eventually(hub.system(), holds, 20s);
  }
  template <class M>
  static void send(zmq::socket_t& to, const M& message) {
    troupe::wire::Writer frame;
    troupe::transport::begin_frame(frame);
    append(frame, message);
    to.send(zmq::buffer(frame.bytes().data(), frame.size()), zmq::send_flags::none);
  }
  /// Until a connection that was made now has had its time for a hello, and every earlier one.
  void wait_for_hello_timeout() const {
    RawSocket stranger(hub.address().port);
    ASSERT_TRUE(stranger.connected());
    stranger.send("x");
    EXPECT_TRUE(stranger.is_ended());
  }

  const std::shared_ptr<RecordingLog> second_log = std::make_shared<RecordingLog>();
  troupe::Node hub;
  bank::BankProcess bank;
};

TEST_F(PausedNamesake, IsFollowedByWhoseHelloHadToWaitAndThatKeepsItsConnection) {
  const auto node = second();
  const auto account = account_of_hub(*node);
  wait_for([&] { return account.ask(Balance{}, 10s).get().ok(); });
  EXPECT_EQ(hub.link_counts().lives_ended, 1U);
  const std::uint64_t hung_up = hub.link_counts().connections_hung_up;
  const std::size_t lost = second_log->lines_with("is unreachable").size();

  wait_for_hello_timeout();

  EXPECT_TRUE(account.ask(Balance{}, 10s).get().ok());
  EXPECT_LE(hub.link_counts().connections_hung_up, hung_up + 1);  // The stranger.
  EXPECT_EQ(second_log->lines_with("is unreachable").size(), lost);
  EXPECT_EQ(hub.link_counts().lives_ended, 1U);
}

/// Where the place of the paused one is kept for long.
struct LongPausedNamesake : PausedNamesake {
  LongPausedNamesake() : PausedNamesake(10s, 3s) {}
};

TEST_F(LongPausedNamesake, IsNotFollowedByOneThatIsGoneWhileItsHelloWaits) {
  const std::uint64_t ended = hub.link_counts().connections_ended;
  const std::uint64_t late = hub.link_counts().late_frames;
  zmq::context_t context;
  {
    zmq::socket_t other(context, zmq::socket_type::dealer);
    other.set(zmq::sockopt::linger, 0);
    other.connect("tcp://127.0.0.1:" + std::to_string(hub.address().port));
    send(other, troupe::transport::Hello{1, 1, "troupe", bank.address});
    send(other, troupe::transport::Heartbeat{1});
    // The second is late, as the first waits.
    wait_for([&] { return hub.link_counts().late_frames > late; });
  }
  wait_for([&] { return hub.link_counts().connections_ended > ended; });
  wait_for_hello_timeout();
  bank.process.resume();

  wait_for(
      [&] { return hub.select<Account::Protocol>(bank.path()).ask(Balance{}, 10s).get().ok(); });
  EXPECT_EQ(hub.link_counts().lives_ended, 0U);
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
  EXPECT_EQ(hub.link_counts().lives_ended, 0U);
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
  EXPECT_EQ(hub.link_counts().lives_ended, 0U);
}

}  // namespace
