// Storages on real Redis servers that come and go, and how a test asks them.
#pragma once

#include <gtest/gtest.h>
#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <troupe/persistence/redis/redis_client.hpp>
#include <troupe/persistence/redis_storage.hpp>
#include <utility>
#include <vector>

#include "../persistence/redis_server.hpp"
#include "storages.hpp"
#include "temporary_folder.hpp"

namespace troupe::persistence {

/// A name that leads to one server, and later to another one, as in a fail-over.
class ServerName {
 public:
  void lead_to(const RedisServer& server) {
    std::filesystem::remove(path_);
    std::filesystem::create_symlink(server.socket(), path_);
  }
  void lead_nowhere() { std::filesystem::remove(path_); }
  [[nodiscard]] std::string url() const { return "unix://" + path_; }

 private:
  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("s");
};

/// What a server has on its disk, to be put back later.
class KeptDisk {
 public:
  explicit KeptDisk(const RedisServer& server) : from_(server.folder() + "/appendonlydir") {
    std::filesystem::copy(from_, kept_, std::filesystem::copy_options::recursive);
  }
  /// The server is killed, and comes back without all that came since.
  void put_back(RedisServer& server) const {
    server.kill();
    std::filesystem::remove_all(from_);
    std::filesystem::copy(kept_, from_, std::filesystem::copy_options::recursive);
    server.start();
  }

 private:
  const TemporaryFolder folder_;
  const std::string from_;
  const std::string kept_ = folder_.file("kept");
};

/// Notes whom a storage wakes.
class WokenQueues {
 public:
  void follow(Storage& storage) {
    storage.on_append([this](std::string_view queue) {
      const std::lock_guard lock(mutex_);
      woken_.emplace_back(queue);
      changed_.notify_all();
    });
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    woken_.clear();
  }
  [[nodiscard]] bool wait_for(const std::string& queue) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return std::ranges::find(woken_, queue) != woken_.end(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> woken_;
};

class RedisStorages : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "NO redis-server HERE: scripts/setup";
  }

  static RedisStorageSettings settings_for(const std::string& url) {
    RedisStorageSettings settings;
    settings.redis.url = url;
    settings.redis.command_timeout = std::chrono::seconds(10);
    settings.redis.backoff_initial = std::chrono::milliseconds(5);
    settings.redis.backoff_max = std::chrono::milliseconds(20);
    return settings;
  }
  static std::unique_ptr<RedisStorage> open(const RedisStorageSettings& settings) {
    Platform platform = real_platform();
    platform.log = null_log();
    auto opened = RedisStorage::open(settings, platform);
    EXPECT_TRUE(opened.ok()) << opened.error().context();
    return std::move(opened).value();
  }
  static std::unique_ptr<RedisStorage> open(const std::string& url) {
    return open(settings_for(url));
  }
  static std::unique_ptr<redis::RedisClient> client(const std::string& url) {
    Platform platform = real_platform();
    platform.log = null_log();
    return redis::RedisClient::start({.url = url}, platform).value();
  }

  /// As often as the storage is away.
  template <class Request>
  static Stored ask(Storage& storage, Asked<Request>& request) {
    for (int i = 0; i < 1'000; ++i) {
      request.is_answered = false;
      storage.submit(request);
      if (!request.wait()) break;
      if (request.outcome != Stored::unavailable) return request.outcome;
    }
    ADD_FAILURE() << "no answer: " << request.why;
    return request.outcome;
  }

  static Token claim(Storage& storage, const std::string& queue = "orders") {
    Asked<ClaimQueue> request;
    request.queue = queue;
    request.incarnation = this_node;
    request.instance = 1;
    EXPECT_EQ(ask(storage, request), Stored::stored) << request.why;
    return request.token;
  }

  Position append(Storage& storage, const std::vector<std::string>& texts, bool by_owner = true) {
    Asked<AppendBatch> request;
    request.queue = "orders";
    request.producer = ++producers_;
    request.batch = 1;
    request.by_owner = by_owner;
    request.records = records_of(texts);
    EXPECT_TRUE(is_stored(ask(storage, request))) << request.why;
    return request.first;
  }

  static Stored settle(Storage& storage, const Token& token, std::uint64_t number,
                       std::uint64_t through) {
    Asked<SettleBatch> request;
    request.queue = "orders";
    request.token = token;
    request.number = number;
    request.through = through;
    ask(storage, request);
    EXPECT_EQ(request.why, "");
    return request.outcome;
  }

  static std::vector<StoredMessage> read(Storage& storage, std::uint64_t after = 0) {
    Asked<ReadQueue> request;
    request.queue = "orders";
    request.after = {after == 0 ? 0U : 1U, after};
    request.messages_max = 10'000;
    EXPECT_EQ(ask(storage, request), Stored::stored) << request.why;
    return request.messages;
  }
  static std::vector<std::string> texts(Storage& storage, std::uint64_t after = 0) {
    std::vector<std::string> found;
    for (const StoredMessage& one : read(storage, after)) found.push_back(one.record);
    return found;
  }

  static QueueState state(Storage& storage) {
    Asked<ShowQueue> request;
    request.queue = "orders";
    EXPECT_EQ(ask(storage, request), Stored::stored) << request.why;
    const QueueBooks& books = request.state.books;
    EXPECT_EQ(books.stored,
              books.settled + books.dead + books.expired + books.purged + books.waiting);
    return request.state;
  }

  static std::vector<std::string> numbered(const std::string& text, int count) {
    std::vector<std::string> all;
    for (int i = 1; i <= count; ++i) all.push_back(text + std::to_string(i));
    return all;
  }

 private:
  std::uint64_t producers_ = 0;
};

}  // namespace troupe::persistence
