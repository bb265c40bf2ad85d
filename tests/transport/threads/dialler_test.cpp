// Dials that wait for a name server, or for an address, and what they cost.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <troupe/transport/sockets/dialler.hpp>

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

const TimePoint t0{1h};
constexpr Duration dial_time = 4s;

/// Never answers before its end; then nobody is known.
class SilentNameServer {
 public:
  ~SilentNameServer() {
    end();
    while (Resolver::under_way() != 0) std::this_thread::yield();
  }
  [[nodiscard]] Resolver::LookUp look_up() {
    return [this](const std::string& host) {
      std::unique_lock lock(mutex_);
      ++asked_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return ended_; });
      return HostAddresses{.hosts = {}, .reason = host + " is not known"};
    };
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void wait_until_asked(std::size_t times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::size_t asked_ = 0;
};

/// Accepts nobody, and has no room for anybody to wait: a connection to it takes for ever.
class FullListener {
 public:
  explicit FullListener(int places = 0) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    ::bind(listener_, generic, size);
    ::listen(listener_, places);
    ::getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
    for (int& one : waiting_) {
      one = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      static_cast<void>(::connect(one, generic, size));
    }
  }
  ~FullListener() {
    for (const int one : waiting_) ::close(one);
    ::close(listener_);
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  const int listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  std::uint16_t port_ = 0;
  std::array<int, 2> waiting_{};
};

/// CPU time of this thread.
Duration cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

class Dials : public testing::Test {
 protected:
  /// The dialler only names links by their addresses.
  [[nodiscard]] PeerLink& link(std::size_t number) {
    return reinterpret_cast<PeerLink&>(places_[number]);
  }
  /// What one round costs, of many.
  [[nodiscard]] Duration round_time() {
    constexpr int rounds = 10'000;
    const Duration before = cpu_time();
    for (int i = 0; i < rounds; ++i) {
      dialler.advance(t0 + 1s);
      EXPECT_FALSE(dialler.take().has_value());
      EXPECT_EQ(dialler.next_deadline(), t0 + dial_time);
    }
    return (cpu_time() - before) / rounds;
  }
  /// Those that end at this time, by the numbers of their links.
  [[nodiscard]] std::map<PeerLink*, std::string> outcomes_at(TimePoint now) {
    std::map<PeerLink*, std::string> outcomes;
    dialler.advance(now);
    while (const auto outcome = dialler.take()) outcomes[outcome->link] = outcome->reason;
    return outcomes;
  }

 private:
  std::array<std::uint64_t, 10'000> places_{};

 protected:
  SilentNameServer server;
  EventPoll poll;
  Dialler dialler{poll, server.look_up(), [] {}, {dial_time, 10'000}};
};

/// Where three addresses are tried at a time.
class FewDials : public Dials {
 protected:
  /// Some that nobody answers.
  void dial_in_vain(std::size_t from, std::size_t count, TimePoint now) {
    for (std::size_t i = from; i < from + count; ++i) {
      few.dial(link(i), {"peer", "127.0.0.1", full.port()}, false, now);
    }
  }
  [[nodiscard]] std::vector<Dialler::Outcome> outcomes(TimePoint now) {
    std::vector<EventPoll::Source> ready;
    poll.wait(0, ready);
    for (const EventPoll::Source source : ready) few.touch(source);
    few.advance(now);
    std::vector<Dialler::Outcome> all;
    while (auto outcome = few.take()) all.push_back(*std::move(outcome));
    return all;
  }
  /// A connection to it is made in the kernel at once.
  [[nodiscard]] NodeAddress answering() const { return {"peer", "127.0.0.1", free.port()}; }

  const FullListener full;
  const FullListener free{100};
  Dialler few{poll, server.look_up(), [] {}, {dial_time, 3}};
};

TEST_F(Dials, TenThousandThatWaitForANameServerCostARoundNothing) {
  for (std::size_t i = 0; i < 10'000; ++i) {
    dialler.dial(link(i), {"peer", "host-" + std::to_string(i % 4), 7001}, false, t0);
  }

  EXPECT_LT(round_time(), 20us);
  EXPECT_EQ(outcomes_at(t0 + dial_time).size(), 10'000U);
  EXPECT_EQ(dialler.next_deadline(), TimePoint::max());
}

TEST_F(Dials, WhoseHostsHadNoTurnToBeLookedUpSayNothingOfTheirPeers) {
  for (std::size_t i = 0; i < Resolver::threads_max; ++i) {
    dialler.dial(link(i), {"peer", "silent-" + std::to_string(i), 7001}, false, t0);
  }
  server.wait_until_asked(Resolver::threads_max);
  PeerLink& behind = link(Resolver::threads_max);
  dialler.dial(behind, {"peer", "healthy", 7001}, false, t0);
  dialler.advance(t0 + dial_time);

  std::size_t outcomes = 0;
  for (; const auto outcome = dialler.take(); ++outcomes) {
    EXPECT_EQ(outcome->own_lack, outcome->link == &behind) << outcome->reason;
  }
  EXPECT_EQ(outcomes, Resolver::threads_max + 1);
}

TEST_F(Dials, ThoseThatWaitForAnAddressCostARoundNothing) {
  const FullListener full;
  constexpr std::size_t dials = 500;
  for (std::size_t i = 0; i < dials; ++i) {
    dialler.dial(link(i), {"peer", "127.0.0.1", full.port()}, false, t0);
  }

  EXPECT_LT(round_time(), 20us);
  const auto outcomes = outcomes_at(t0 + dial_time);
  ASSERT_EQ(outcomes.size(), dials);
  EXPECT_NE(outcomes.begin()->second.find("did not answer within 4000 ms"), std::string::npos)
      << outcomes.begin()->second;
}

TEST_F(Dials, WhatThePollTellsGoesToTheDialThatItIsAbout) {
  const FullListener full;
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(listener, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener, 8);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  dialler.dial(link(1), {"peer", "127.0.0.1", full.port()}, false, t0);
  dialler.dial(link(2), {"peer", "127.0.0.1", ntohs(address.sin_port)}, false, t0);

  std::optional<Dialler::Outcome> outcome = dialler.take();
  while (!outcome) {
    std::vector<EventPoll::Source> ready;
    poll.wait(10'000, ready);
    ASSERT_EQ(ready.size(), 1U);
    EXPECT_TRUE(Dialler::is_own(ready.front()));
    dialler.touch(ready.front());
    dialler.advance(t0);
    outcome = dialler.take();
  }

  EXPECT_EQ(outcome->link, &link(2));
  EXPECT_EQ(outcome->address, (NumericAddress{"127.0.0.1", ntohs(address.sin_port)}));
  EXPECT_FALSE(dialler.take().has_value());
  ::close(listener);
}

TEST_F(FewDials, AreNotHeldUpByFewerThanTheLimit) {
  dial_in_vain(0, 2, t0);
  few.dial(link(2), answering(), false, t0);

  const auto all = outcomes(t0);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].address.has_value());
}

TEST_F(FewDials, TakeThePlaceOfTheOldestOnceThatHasHadItsTime) {
  dial_in_vain(0, 3, t0);
  few.dial(link(3), answering(), false, t0 + 100ms);

  EXPECT_TRUE(outcomes(t0 + 999ms).empty());
  EXPECT_EQ(few.next_deadline(), t0 + 1s);
  std::vector<Dialler::Outcome> all = outcomes(t0 + 1s);
  for (Dialler::Outcome& one : outcomes(t0 + 1s)) all.push_back(std::move(one));

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].link, &link(0));
  EXPECT_FALSE(all[0].own_lack);
  EXPECT_NE(all[0].reason.find("did not answer within 1000 ms, and others waited to be tried"),
            std::string::npos)
      << all[0].reason;
  EXPECT_EQ(all[1].link, &link(3));
  EXPECT_TRUE(all[1].address.has_value());
}

TEST_F(FewDials, TakeThePlaceOfOneThatIsDialledAgainAtOnce) {
  for (std::size_t i = 0; i < 3; ++i) {
    few.dial(link(i), {"peer", "127.0.0.1", full.port()}, i != 0, t0);
  }
  few.dial(link(3), {"peer", "127.0.0.1", full.port()}, true, t0);
  few.dial(link(4), answering(), false, t0 + 1ms);

  std::vector<Dialler::Outcome> all = outcomes(t0 + 2ms);
  for (Dialler::Outcome& one : outcomes(t0 + 2ms)) all.push_back(std::move(one));

  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].link, &link(1)) << "the oldest that is dialled again";
  EXPECT_TRUE(all[0].own_lack);
  EXPECT_EQ(all[1].link, &link(4));
  EXPECT_TRUE(all[1].address.has_value());
}

TEST_F(FewDials, TakeAPlaceThatBecomesFreeAtOnce) {
  dial_in_vain(0, 3, t0);
  few.dial(link(3), answering(), false, t0 + 100ms);
  few.forget(link(1));

  EXPECT_LE(few.next_deadline(), t0);
  static_cast<void>(outcomes(t0 + 200ms));
  static_cast<void>(outcomes(t0 + 200ms));
  EXPECT_EQ(few.next_deadline(), t0 + dial_time);
}

TEST_F(FewDials, ThatNeverHadAPlaceSayNothingOfTheirPeers) {
  dial_in_vain(0, 100, t0);
  std::size_t own = 0;
  std::size_t others = 0;
  for (TimePoint now = t0; now <= t0 + dial_time; now += 100ms) {
    for (const Dialler::Outcome& outcome : outcomes(now)) {
      ++(outcome.own_lack ? own : others);
      if (!outcome.own_lack) continue;
      EXPECT_NE(outcome.reason.find("see dials_at_once_max"), std::string::npos);
    }
  }
  EXPECT_EQ(own + others, 100U);
  EXPECT_EQ(others, 12U) << "three in each second";
}

TEST_F(Dials, AnOutcomeOfADialThatWasForgottenIsNotTold) {
  dialler.dial(link(1), {"peer", "host", 7001}, false, t0);
  dialler.dial(link(2), {"peer", "host", 7001}, false, t0);
  dialler.dial(link(3), {"peer", "host", 7001}, false, t0);
  dialler.forget(link(1));
  dialler.advance(t0 + dial_time);
  dialler.forget(link(2));

  const auto outcome = dialler.take();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->link, &link(3));
  EXPECT_FALSE(dialler.take().has_value());
}

TEST_F(Dials, AnOutcomeThatWasNotTakenIsNotThatOfTheNextDial) {
  dialler.dial(link(1), {"peer", "host", 7001}, false, t0);
  dialler.advance(t0 + dial_time);
  dialler.dial(link(1), {"peer", "host", 7001}, false, t0 + dial_time);

  EXPECT_FALSE(dialler.take().has_value());
  EXPECT_EQ(outcomes_at(t0 + 2 * dial_time).size(), 1U);
}

TEST_F(Dials, AnAnswerIsForAllWhoWaitForThatHost) {
  for (std::size_t i = 0; i < 100; ++i) dialler.dial(link(i), {"peer", "host", 7001}, false, t0);
  server.end();

  std::size_t outcomes = 0;
  while (outcomes < 100) outcomes += outcomes_at(t0).size();
}

}  // namespace
}  // namespace troupe::transport
