// How a link finds the address of its peer, with a resolver that the test answers for.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/transport/transport.hpp>
#include <troupe/transport/zmq/zmq_carrier.hpp>

#include "bank.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using troupe::ErrorCode;
using troupe::HostAddresses;

/// Hangs over the names that begin with "silent" until its end.
class NameServer {
 public:
  [[nodiscard]] HostAddresses answer(const std::string& host) {
    std::unique_lock lock(mutex_);
    if (host.starts_with("silent")) {
      changed_.wait(lock, [&] { return ended_; });
      return {.reason = "ended"};
    }
    if (host == "hostile") return {.hosts = {"127.0.0.2"}};
    if (host == "wrong-first") return {.hosts = {"127.0.0.2", "127.0.0.1"}};
    if (host == "two-addresses") return {.hosts = {"::1", "127.0.0.1"}};
    return {.reason = "the host " + host + " is not known: says the test"};
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
};

/// Something else than a node on 127.0.0.2, at a node's port or any other (0).
class OtherService {
 public:
  using Serve = std::function<void(int connection)>;

  OtherService(std::uint16_t port, const Serve& serve)
      : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve] {
      pollfd asked{listener_, POLLIN, 0};
      while (!ended_) {
        if (::poll(&asked, 1, 20) != 1) continue;
        const int connection = ::accept(listener_, nullptr, nullptr);
        if (connection < 0) continue;
        ++served_;
        serve(connection);
        ::close(connection);
      }
    });
  }
  ~OtherService() {
    ended_ = true;
    thread_.join();
    ::close(listener_);
  }
  OtherService(const OtherService&) = delete;
  OtherService& operator=(const OtherService&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] unsigned served() const { return served_; }

 private:
  const int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> ended_{false};
  std::atomic<unsigned> served_{0};
  std::thread thread_;
};

/// What a ZeroMQ ROUTER says first, with the NULL mechanism.
std::string zmtp_greeting() {
  std::string greeting("\xff\0\0\0\0\0\0\0\x01\x7f\x03\x00", 12);
  greeting.append("NULL").append(16, '\0').append(1, '\1').append(31, '\0');
  const std::string type(
      "\x05READY\x0bSocket-Type\0\0\0\x06"
      "ROUTER",
      28);
  return greeting.append({'\x04', static_cast<char>(type.size())}).append(type);
}

/// What a Node is, but for the resolver.
class Dialling : public testing::Test {
 protected:
  struct Parts {
    explicit Parts(std::shared_ptr<NameServer> server)
        : carrier(troupe::transport::ZmqCarrier::listen(
                      "127.0.0.1:0", settings(), keys,
                      [server](const std::string& host) { return server->answer(host); })
                      .value()) {
      links.open(*carrier);
      carrier->start(links, system.core().clock(), 0ns).value();
    }
    ~Parts() {
      carrier->stop(0ns);
      links.close();
    }

    static troupe::TransportSettings settings() {
      return {.handshake_timeout = 1s, .redial_pause = 10ms, .redial_pause_max = 10ms};
    }

    troupe::transport::KeyRing keys{troupe::SecuritySettings{}};
    std::unique_ptr<troupe::transport::ZmqCarrier> carrier;
    std::shared_ptr<troupe::testkit::RecordingLog> log =
        std::make_shared<troupe::testkit::RecordingLog>();
    troupe::ActorSystem system{"dialler", {.workers = 1}, [this] {
                                 troupe::Platform platform = troupe::real_platform();
                                 platform.log = log;
                                 return platform;
                               }()};
    troupe::transport::Transport links{
        system.core(), {{"dialler", "127.0.0.1", carrier->port()}, 7}, settings(), keys};
  };

  ~Dialling() override { server->end(); }

  [[nodiscard]] troupe::Future<int> ask(const std::string& host, std::uint16_t port) {
    const troupe::ActorPath path{{"peer", host, port}, "/user/account"};
    return troupe::ActorRef<Account::Protocol>(parts->links.select(path).value())
        .ask(Balance{}, 20s);
  }

  /// Somebody else is at the address that is tried first.
  void expect_to_find_the_peer_behind_it() {
    peer.spawn<Account>("account");
    const auto end = std::chrono::steady_clock::now() + 20s;
    bool found = false;
    while (!found && std::chrono::steady_clock::now() < end) {
      found = ask("wrong-first", peer.address().port).get().ok();
    }
    EXPECT_TRUE(found);
  }

  const std::shared_ptr<NameServer> server = std::make_shared<NameServer>();
  std::unique_ptr<Parts> parts = std::make_unique<Parts>(server);
  troupe::Node peer{{.name = "peer", .listen = "127.0.0.1:0", .system = {.workers = 1}}};
};

TEST_F(Dialling, ANameServerThatIsSilentDelaysNobodyAndNoEnd) {
  peer.spawn<Account>("account");
  std::vector<troupe::Future<int>> hanging;
  for (int i = 0; i < 10; ++i) hanging.push_back(ask("silent-" + std::to_string(i), 7001));

  for (int i = 0; i < 10; ++i) {
    const auto answer = ask("127.0.0.1", peer.address().port).get();
    EXPECT_TRUE(answer.ok()) << answer.error().to_string();
  }
  const auto began = std::chrono::steady_clock::now();
  parts.reset();

  EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
}

TEST_F(Dialling, ASilentNameServerIsNamedToWhoAsked) {
  const auto answer = ask("silent", 7001).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::node_unreachable);
  EXPECT_NE(answer.error().context().find("its name server does not answer"), std::string::npos)
      << answer.error().context();
}

TEST_F(Dialling, AHostThatIsNotKnownIsToldAtOnceWithAReason) {
  const auto answer = ask("nowhere", 7001).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::node_unreachable);
  EXPECT_NE(answer.error().context().find("the host nowhere is not known"), std::string::npos)
      << answer.error().context();
}

TEST_F(Dialling, EachAddressOfAHostIsTried) {
  peer.spawn<Account>("account");
  EXPECT_TRUE(ask("two-addresses", peer.address().port).get().ok());
}

TEST_F(Dialling, AServiceThatHangsUpHidesNoNodeAtTheNextAddress) {
  const OtherService other(peer.address().port, [](int) {});
  expect_to_find_the_peer_behind_it();
  EXPECT_GE(other.served(), 1U);
}

TEST_F(Dialling, AServiceOfAnotherProtocolHidesNoNodeAtTheNextAddress) {
  const OtherService other(peer.address().port, [](int connection) {
    const std::string text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n" +
                             std::string("Connection: close\r\nServer: some other\r\n\r\n");
    static_cast<void>(::send(connection, text.data(), text.size(), MSG_NOSIGNAL));
  });
  expect_to_find_the_peer_behind_it();
  EXPECT_GE(other.served(), 1U);
}

TEST_F(Dialling, AServiceThatSaysNothingHidesNoNodeAtTheNextAddress) {
  const OtherService other(peer.address().port, [](int connection) {
    pollfd ended{connection, POLLRDHUP, 0};
    ::poll(&ended, 1, 10'000);
  });
  expect_to_find_the_peer_behind_it();
  EXPECT_GE(other.served(), 1U);
}

TEST_F(Dialling, AnotherNodeHidesNoneAtTheNextAddress) {
  const std::string place = "127.0.0.2:" + std::to_string(peer.address().port);
  const troupe::Node other({.name = "other", .listen = place, .system = {.workers = 1}});
  expect_to_find_the_peer_behind_it();
}

TEST_F(Dialling, ANodeOfAnotherClusterHidesNoneAtTheNextAddress) {
  const std::string place = "127.0.0.2:" + std::to_string(peer.address().port);
  troupe::NodeSettings settings{.name = "peer", .listen = place, .system = {.workers = 1}};
  settings.transport.cluster = "another";
  const troupe::Node other(settings);
  expect_to_find_the_peer_behind_it();
}

/// Each of its parts may be as long as it is; ZeroMQ would keep them all.
TEST_F(Dialling, AnAnswerOfEverMorePartsEndsItsConnection) {
  constexpr std::size_t sent_max = std::size_t{4} << 30U;
  std::atomic<std::size_t> sent{0};
  const OtherService hostile(0, [&](int connection) {
    const std::string greeting = zmtp_greeting();
    const std::string part =
        std::string("\x03\0\0\0\0\0\x01\0\0", 9) + std::string(std::size_t{64} << 10U, 'x');
    static_cast<void>(::send(connection, greeting.data(), greeting.size(), MSG_NOSIGNAL));
    std::array<char, 64 + 43> theirs;  // What a DEALER says first.
    static_cast<void>(::recv(connection, theirs.data(), theirs.size(), MSG_WAITALL));
    while (sent < sent_max) {
      if (::send(connection, part.data(), part.size(), MSG_NOSIGNAL) <= 0) break;
      sent += part.size();
    }
  });

  const auto answer = ask("hostile", hostile.port()).get();

  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().context().find("a message of ever more parts"), std::string::npos)
      << answer.error().context();
  EXPECT_LT(sent, sent_max);
  EXPECT_GE(parts->links.counts().connections_hung_up, 1U);
  EXPECT_GE(parts->log->lines_with("hung up on peer@hostile").size(), 1U);
}

TEST_F(Dialling, ARefusalNamesTheAddressThatRefused) {
  std::uint16_t free_port = 0;
  {
    const troupe::Node gone({.name = "gone", .listen = "127.0.0.1:0", .system = {.workers = 1}});
    free_port = gone.address().port;
  }
  const auto answer = ask("two-addresses", free_port).get();

  ASSERT_FALSE(answer.ok());
  const std::string refused = "127.0.0.1:" + std::to_string(free_port) + " refused the connection";
  EXPECT_NE(answer.error().context().find(refused), std::string::npos) << answer.error().context();
}

TEST_F(Dialling, IsNotHeardOfAtTheOtherSide) {
  peer.spawn<Account>("account");
  ASSERT_TRUE(ask("127.0.0.1", peer.address().port).get().ok());
  parts.reset();
  troupe::testkit::eventually(peer.system(),
                              [&] { return peer.link_counts().connections_ended >= 2; });

  EXPECT_EQ(peer.link_counts().connections_ended, 2U);
  EXPECT_EQ(peer.link_counts().connections_unproven, 0U);
  EXPECT_EQ(peer.link_counts().refused(ErrorCode::malformed), 0U);
}

}  // namespace
