// What nodes do with the file descriptors of their process, and without any.
#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <array>
#include <atomic>
#include <charconv>
#include <deque>
#include <thread>
#include <troupe/testkit/eventually.hpp>
#include <troupe/testkit/recording_log.hpp>

#include "bank.hpp"
#include "raw_socket.hpp"

namespace {

using namespace std::chrono_literals;
using bank::Account;
using bank::Balance;
using troupe::ErrorCode;

/// Takes all the descriptors that the process may have, but for some.
class Hoard {
 public:
  explicit Hoard(std::size_t left, rlim_t limit = 400) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lower{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lower);
    while (true) {
      const int one = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (one < 0) break;
      hoarded_.push_back(one);
    }
    give(left);
  }
  ~Hoard() {
    give(hoarded_.size());
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  Hoard(const Hoard&) = delete;
  Hoard& operator=(const Hoard&) = delete;

  void give(std::size_t count) {
    for (; count > 0 && !hoarded_.empty(); --count) {
      ::close(hoarded_.back());
      hoarded_.pop_back();
    }
  }

 private:
  rlimit before_{};
  std::vector<int> hoarded_;
};

/// Whether this process does without descriptors where it is not Troupe that needs them: UBSan
/// makes a pipe to look at memory.
[[nodiscard]] constexpr bool runs_without_descriptors() {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  return false;
#endif
#endif
  return true;
}

troupe::NodeSettings settings(const std::string& name) {
  troupe::NodeSettings result{.name = name, .listen = "127.0.0.1:0", .system = {.workers = 1}};
  result.transport.raise_descriptor_limit = false;
  return result;
}

/// Keeps what a node logs.
struct Logged {
  const std::shared_ptr<troupe::testkit::RecordingLog> log =
      std::make_shared<troupe::testkit::RecordingLog>();

  [[nodiscard]] troupe::Platform platform() const {
    troupe::Platform real = troupe::real_platform();
    real.log = log;
    return real;
  }
};

[[nodiscard]] auto account_of(troupe::Node& asker, const troupe::Node& node) {
  return asker.select<Account::Protocol>("troupe://" + node.address().to_string() +
                                         "/user/account");
}

/// The open TCP connections of this process that have two ends.
std::vector<int> connections() {
  std::vector<int> result;
  DIR* const directory = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(directory)) {
    int descriptor = -1;
    const std::string_view name = entry->d_name;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    sockaddr_storage there{};
    socklen_t size = sizeof there;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&there), &size) != 0) continue;
    if (there.ss_family == AF_INET || there.ss_family == AF_INET6) result.push_back(descriptor);
  }
  ::closedir(directory);
  return result;
}

int option_of(int descriptor, int level, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  ::getsockopt(descriptor, level, option, &value, &size);
  return value;
}

TEST(Descriptors, EveryConnectionIsEndedByTheKernelWhenItsOtherEndIsGone) {
  troupe::NodeSettings own = settings("one");
  own.transport.dead_connection_after = 12s;
  troupe::Node one(own);
  own.name = "two";
  troupe::Node two(own);
  two.spawn<Account>("account");
  ASSERT_TRUE(account_of(one, two).ask(Balance{}, 10s).get().ok());
  troupe::testkit::eventually(one.system(), [] { return connections().size() >= 8; });

  for (const int connection : connections()) {
    EXPECT_EQ(option_of(connection, SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option_of(connection, IPPROTO_TCP, TCP_KEEPIDLE), 4);
    EXPECT_EQ(option_of(connection, IPPROTO_TCP, TCP_USER_TIMEOUT), 12'000);
  }
}

TEST(Descriptors, APeerTakesEightOfThem) {
  troupe::Node one(settings("one"));
  troupe::Node two(settings("two"));
  two.spawn<Account>("account");
  const std::uint64_t before = one.link_counts().descriptors_used;

  ASSERT_TRUE(account_of(one, two).ask(Balance{}, 10s).get().ok());
  troupe::testkit::eventually(one.system(), [] { return connections().size() >= 8; });

  EXPECT_LE(one.link_counts().descriptors_used - before, 2U * 8U);
  EXPECT_GT(one.link_counts().descriptors_max, one.link_counts().descriptors_used);
}

TEST(Descriptors, TheSoftLimitIsRaisedUnlessTheSettingsSayNo) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit lower{.rlim_cur = 200, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &lower);
  troupe::NodeSettings own = settings("node");

  EXPECT_EQ(troupe::Node(own).link_counts().descriptors_max, 200U);
  own.transport.raise_descriptor_limit = true;
  EXPECT_EQ(troupe::Node(own).link_counts().descriptors_max, before.rlim_max);
}

TEST(Descriptors, ANodeThatCannotBeMadeForWantOfThemSaysSo) {
  if (!runs_without_descriptors()) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  unsigned made = 0;
  for (std::size_t left = 0; left < 48; ++left) {
    const Hoard hoard(left);
    try {
      const troupe::Node node(settings("node"));
      ++made;
    } catch (const troupe::Failure& failure) {
      EXPECT_EQ(failure.error().code(), ErrorCode::limit_reached);
      EXPECT_NE(failure.error().context().find("no file descriptors left"), std::string::npos)
          << failure.error().context();
    }
  }
  EXPECT_GT(made, 0U);
}

TEST(Descriptors, NobodyIsDeclaredDownForWantOfOurOwn) {
  const Logged logged;
  troupe::NodeSettings own = settings("asker");
  own.transport.redial_pause = own.transport.redial_pause_max = 10ms;
  own.transport.down_after = 30ms;
  troupe::Node asker(own, logged.platform());
  troupe::Node node(settings("node"));
  node.spawn<Account>("account");
  Hoard hoard(5);

  const auto failed = account_of(asker, node).ask(Balance{}, 10s).get();
  troupe::testkit::eventually(asker.system(),
                              [&] { return asker.link_counts().dials_lacking > 20; });

  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().context().find("no file descriptors left: "), std::string::npos)
      << failed.error().context();
  EXPECT_TRUE(logged.log->lines_with("is down").empty());
  hoard.give(200);
  troupe::testkit::eventually(
      asker.system(), [&] { return account_of(asker, node).ask(Balance{}, 10s).get().ok(); });
}

/// A port to which a connection is never made: nobody accepts there, and nobody more can wait.
class FullPort {
 public:
  FullPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ::bind(sockets_[0], generic, size);
    ::listen(sockets_[0], 0);
    ::getsockname(sockets_[0], generic, &size);
    number_ = ntohs(address.sin_port);
    for (const int one : {sockets_[1], sockets_[2]}) {
      static_cast<void>(::connect(one, generic, size));
    }
  }
  ~FullPort() {
    for (const int one : sockets_) ::close(one);
  }
  FullPort(const FullPort&) = delete;
  FullPort& operator=(const FullPort&) = delete;

  [[nodiscard]] std::uint16_t number() const { return number_; }

 private:
  const std::array<int, 3> sockets_{::socket(AF_INET, SOCK_STREAM, 0),
                                    ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
                                    ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)};
  std::uint16_t number_ = 0;
};

TEST(Descriptors, AreNotAllTakenForAddressesThatNeverAnswer) {
  const FullPort full;
  const Hoard hoard(160, 200);
  troupe::Node one(settings("one"));
  one.spawn<Account>("account");
  for (int i = 0; i < 300; ++i) {
    const std::string nobody = "troupe://x" + std::to_string(i) + "@127.0.0.1:";
    one.select<Account::Protocol>(nobody + std::to_string(full.number()) + "/user/account")
        .tell(bank::Deposit{1});
  }

  for (int i = 0; i < 3; ++i) {
    troupe::Node two(settings("two"));
    two.spawn<Account>("account");
    EXPECT_EQ(account_of(two, one).ask(Balance{}, 10s).get(), 0);
    EXPECT_EQ(account_of(one, two).ask(Balance{}, 10s).get(), 0);
    EXPECT_EQ(two.link_counts().dials_lacking, 0U);
  }
  EXPECT_EQ(one.link_counts().connections_hung_up, 0U);
}

TEST(Descriptors, WithoutThemWhoConnectsIsTurnedAwayAndServedLater) {
  if (!runs_without_descriptors()) GTEST_SKIP() << "the sanitizer needs descriptors of its own";
  const Logged logged;
  troupe::NodeSettings own = settings("node");
  own.transport.hello_timeout = 1s;  // One may get the descriptor that another has left.
  troupe::Node node(own, logged.platform());
  node.spawn<Account>("account");
  {
    std::deque<RawSocket> strangers;
    for (int i = 0; i < 3; ++i) strangers.emplace_back(node.address().port);
    const Hoard hoard(0);
    for (RawSocket& stranger : strangers) stranger.send("x");  // Now they are to be accepted.
    // The others may get the descriptor that one has left, and ZeroMQ hangs up on them in time.
    troupe::testkit::eventually(
        node.system(), [&] { return node.link_counts().connections_hung_up > 0; }, 10s);
    for (RawSocket& stranger : strangers) EXPECT_TRUE(stranger.is_ended());
  }
  EXPECT_FALSE(logged.log->lines_with("no file descriptors left").empty());
  troupe::Node other(settings("other"));
  EXPECT_TRUE(account_of(other, node).ask(Balance{}, 10s).get().ok());
}

TEST(Descriptors, StrangersWhoSayNoHelloAreHungUpOnTheOldestFirst) {
  troupe::NodeSettings own = settings("node");
  own.transport.unproven_connections_max = 5;
  own.transport.hello_timeout = 60s;
  troupe::Node node(own);
  node.spawn<Account>("account");
  std::deque<RawSocket> strangers;
  for (int i = 0; i < 50; ++i) {
    strangers.emplace_back(node.address().port);
    strangers.back().send("\xff");
  }
  troupe::testkit::eventually(node.system(),
                              [&] { return node.link_counts().connections_hung_up >= 45; });

  EXPECT_EQ(node.link_counts().connections_hung_up, 45U);
  EXPECT_TRUE(strangers.front().is_ended());
  troupe::Node other(settings("other"));
  EXPECT_TRUE(account_of(other, node).ask(Balance{}, 10s).get().ok());
}

TEST(Descriptors, StrangersWhoSayNoHelloInTimeAreHungUpOn) {
  troupe::NodeSettings own = settings("node");
  own.transport.hello_timeout = 100ms;
  troupe::Node node(own);
  RawSocket stranger(node.address().port);
  stranger.send("\xff");

  EXPECT_TRUE(stranger.is_ended());
  troupe::testkit::eventually(node.system(),
                              [&] { return node.link_counts().connections_unproven >= 1; });
}

TEST(Descriptors, AnEndReturnsWhileConnectionsComeAndGo) {
  auto node = std::make_unique<troupe::Node>(settings("node"), Logged().platform());
  const std::uint16_t port = node->address().port;
  std::atomic<bool> enough{false};
  std::thread churn([&] {
    while (!enough) RawSocket(port).send("GET / HTTP/1.1\r\n\r\n");
  });
  troupe::testkit::eventually(node->system(),
                              [&] { return node->link_counts().connections_ended > 100; });
  node->shutdown();
  for (int i = 0; i < 3'000; ++i) RawSocket(port).send("GET / HTTP/1.1\r\n\r\n");

  const auto began = std::chrono::steady_clock::now();
  node.reset();

  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  enough = true;
  churn.join();
}

}  // namespace
