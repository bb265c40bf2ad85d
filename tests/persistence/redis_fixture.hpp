// RedisFixture: what tests against real Redis servers share: clients that tell of their
// connections, and a word where there is no redis-server.
#pragma once

#include <gtest/gtest.h>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <troupe/base/platform.hpp>
#include <troupe/persistence/redis/redis_client.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <vector>

#include "redis_server.hpp"

namespace troupe::redis {

using namespace std::chrono_literals;

class RedisFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "NO redis-server HERE: scripts/setup";
    platform = real_platform();
    log = std::make_shared<testkit::RecordingLog>();
    platform.log = log;
  }

  /// With times that suit a test.
  [[nodiscard]] RedisSettings settings_for(const std::string& url) {
    RedisSettings settings;
    settings.url = url;
    settings.command_timeout = 10s;
    settings.backoff_initial = 5ms;
    settings.backoff_max = 20ms;
    settings.on_connected = [this](const ServerFacts& facts) {
      const std::lock_guard lock(mutex_);
      facts_.push_back(facts);
      connected_.notify_all();
    };
    return settings;
  }
  [[nodiscard]] std::unique_ptr<RedisClient> start(RedisSettings settings) {
    return RedisClient::start(std::move(settings), platform).value();
  }
  [[nodiscard]] std::unique_ptr<RedisClient> start(const std::string& url) {
    return start(settings_for(url));
  }

  /// What the server of the nth connection, from 1, said of itself; waits for it.
  [[nodiscard]] ServerFacts connection(std::size_t number) {
    std::unique_lock lock(mutex_);
    if (!connected_.wait_for(lock, 15s, [&] { return facts_.size() >= number; })) {
      ADD_FAILURE() << "connection " << number << " did not come";
      return {};
    }
    return facts_[number - 1];
  }

  /// Hands a command over; its outcome comes later.
  static std::future<Result<Reply>> later_of(RedisClient& client, Command command,
                                             std::optional<Duration> timeout = std::nullopt) {
    auto promise = std::make_shared<std::promise<Result<Reply>>>();
    std::future<Result<Reply>> future = promise->get_future();
    const Result<void> sent = client.send(
        std::move(command),
        [promise](Result<Reply> result) { promise->set_value(std::move(result)); }, timeout);
    if (!sent) promise->set_value(sent.error());
    return future;
  }

  /// For what only counters tell.
  static void wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not come in time";
      std::this_thread::yield();
    }
  }

  [[nodiscard]] static bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  Platform platform;
  std::shared_ptr<testkit::RecordingLog> log;

 private:
  std::mutex mutex_;
  std::condition_variable connected_;
  std::vector<ServerFacts> facts_;
};

}  // namespace troupe::redis
