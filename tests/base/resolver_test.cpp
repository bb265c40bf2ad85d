#include <gtest/gtest.h>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <troupe/base/resolver.hpp>

#include "../no_more_threads.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

/// A name server whose answers the test gives.
class NameServer {
 public:
  [[nodiscard]] HostAddresses answer(const std::string& host) {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return speaks_; });
    return {.hosts = {"of " + host}};
  }
  void speak() {
    const std::lock_guard lock(mutex_);
    speaks_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool is_asked(unsigned times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return asked_ == times; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool speaks_ = false;
  unsigned asked_ = 0;
};

/// Who waits for the resolver.
class Waiter {
 public:
  void wake() {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    changed_.notify_all();
  }
  /// All answers, once there are so many.
  [[nodiscard]] std::vector<Resolver::Answer> take(Resolver& resolver, std::size_t count) {
    std::vector<Resolver::Answer> all;
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (all.size() < count && std::chrono::steady_clock::now() < end) {
      for (Resolver::Answer& answer : resolver.take()) all.push_back(std::move(answer));
      std::unique_lock lock(mutex_);
      if (all.size() < count) changed_.wait_until(lock, end, [&] { return wakes_ > seen_; });
      seen_ = wakes_;
    }
    return all;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned wakes_ = 0;
  unsigned seen_ = 0;
};

class Resolving : public testing::Test {
 protected:
  /// No look-up is left to the next test.
  ~Resolving() override {
    server->speak();
    while (Resolver::under_way() != 0) std::this_thread::yield();
  }
  [[nodiscard]] std::unique_ptr<Resolver> resolver() {
    return std::make_unique<Resolver>(
        [server = server](const std::string& host) { return server->answer(host); },
        [this] { waiter.wake(); });
  }

  const std::shared_ptr<NameServer> server = std::make_shared<NameServer>();
  Waiter waiter;
};

TEST_F(Resolving, EndsWhileALookUpHangs) {
  auto resolving = resolver();
  resolving->ask("a");
  ASSERT_TRUE(server->is_asked(1));

  resolving.reset();

  EXPECT_EQ(Resolver::under_way(), 1U);
}

TEST_F(Resolving, AnswersOnceForAllWhoAskedForOneHost) {
  const auto resolving = resolver();
  resolving->ask("a");
  resolving->ask("a");
  ASSERT_TRUE(server->is_asked(1));
  resolving->ask("a");
  server->speak();

  const auto answers = waiter.take(*resolving, 1);

  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].host, "a");
  EXPECT_EQ(answers[0].addresses.hosts, std::vector<std::string>{"of a"});
  EXPECT_TRUE(server->is_asked(1));
}

TEST_F(Resolving, LookUpsThatHangAreLimitedInNumberAndTheOthersHaveTheirTurn) {
  const auto resolving = resolver();
  for (int i = 0; i < 20; ++i) resolving->ask("host-" + std::to_string(i));
  ASSERT_TRUE(server->is_asked(Resolver::threads_max));
  EXPECT_EQ(Resolver::under_way(), Resolver::threads_max);

  server->speak();

  EXPECT_EQ(waiter.take(*resolving, 20).size(), 20U);
}

TEST_F(Resolving, WhatNobodyWaitsForAnyMoreIsNotLookedUp) {
  const auto resolving = resolver();
  for (std::size_t i = 0; i < Resolver::threads_max; ++i) resolving->ask(std::to_string(i));
  ASSERT_TRUE(server->is_asked(Resolver::threads_max));
  resolving->ask("forgotten");
  resolving->ask("wanted");
  resolving->forget("forgotten");
  server->speak();

  const auto answers = waiter.take(*resolving, Resolver::threads_max + 1);

  EXPECT_EQ(answers.size(), Resolver::threads_max + 1);
  EXPECT_TRUE(server->is_asked(Resolver::threads_max + 1));
}

TEST_F(Resolving, WhatNoThreadIsLeftForIsAnsweredAsTheProcessesOwnLack) {
  const auto resolving = resolver();
  {
    const NoMoreThreads lack;
    resolving->ask("a");
    resolving->ask("b");
  }
  const auto lacking = waiter.take(*resolving, 2);

  ASSERT_EQ(lacking.size(), 2U);
  for (const Resolver::Answer& answer : lacking) {
    EXPECT_TRUE(answer.addresses.own_lack);
    EXPECT_NE(answer.addresses.reason.find("no thread"), std::string::npos);
  }
  server->speak();
  resolving->ask("a");
  const auto later = waiter.take(*resolving, 1);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(later[0].addresses.hosts, std::vector<std::string>{"of a"});
}

TEST_F(Resolving, HostsWaitForAThreadThatThereIsWhereNoFurtherOneIsLeft) {
  const auto resolving = resolver();
  resolving->ask("a");
  {
    const NoMoreThreads lack;
    resolving->ask("b");
  }
  server->speak();

  const auto answers = waiter.take(*resolving, 2);

  ASSERT_EQ(answers.size(), 2U);
  for (const Resolver::Answer& answer : answers) EXPECT_FALSE(answer.addresses.own_lack);
}

TEST(LookUpHost, KnowsThisMachineByEachOfItsAddresses) {
  const HostAddresses found = look_up_host("localhost");
  ASSERT_FALSE(found.hosts.empty()) << found.reason;
  for (const std::string& host : found.hosts) EXPECT_TRUE(is_numeric_host(host)) << host;
}

TEST(LookUpHost, SaysThatAHostIsNotKnown) {
  const HostAddresses found = look_up_host("no such host!");
  EXPECT_TRUE(found.hosts.empty());
  EXPECT_NE(found.reason.find("the host no such host! is not known"), std::string::npos)
      << found.reason;
}

}  // namespace
}  // namespace troupe
