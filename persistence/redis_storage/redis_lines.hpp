// RedisLines: the operations of a RedisStorage on their way: one after the other for each name, and
// all names together through one client.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <troupe/persistence/redis/redis_client.hpp>
#include <troupe/persistence/redis_storage/owner_leases.hpp>
#include <troupe/persistence/redis_storage/storage_commands.hpp>
#include <troupe/persistence/redis_storage_settings.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <unordered_map>

namespace troupe::persistence {

class RedisWakes;

/// Why a server cannot keep what it answers; ok where it can. Pure.
[[nodiscard]] Result<void> check_server(const redis::ServerFacts& facts, bool volatile_ok);

/// The contracts are those of RedisStorage.
class RedisLines {
 public:
  [[nodiscard]] static Result<std::unique_ptr<RedisLines>> open(RedisStorageSettings settings,
                                                                Platform platform);
  ~RedisLines();

  void take(Operation& operation);
  void on_append(std::function<void(std::string_view queue)> wake);
  void close(Duration timeout);
  [[nodiscard]] StorageCounts counts() const;
  [[nodiscard]] const StorageLimits& limits() const noexcept { return settings_.limits; }

 private:
  /// Operations for one name, the first of which is under way.
  struct Line {
    std::string name;
    Operation* first = nullptr;
    Operation* last = nullptr;
  };
  struct Gathering;
  using Take = std::function<void(const redis::Reply&)>;

  RedisLines(RedisStorageSettings settings, Platform platform);
  Result<void> connect();
  void connected(const redis::ServerFacts& facts);
  void run(Line& line);
  void done(Line& line);
  void finish(Line& line);
  /// False: it is answered already.
  bool start(Line& line, Operation& operation);
  bool ask(Line& line, Operation& operation, redis::Command command, Take take);
  template <class Request>
  bool ask_adding(Line& line, Request& request);
  template <class Request>
  bool gather(Line& line, Request& request);
  bool read_tag(Line& line, ReadTag& request, std::size_t bucket);

  const RedisStorageSettings settings_;
  const Platform platform_;
  const CommandPlace place_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::unordered_map<std::string, std::unique_ptr<Line>> lines_;
  std::string why_away_;
  bool is_known_ = false;
  bool is_closed_ = false;
  StorageCounts counts_;

  OwnerLeases leases_;
  std::unique_ptr<redis::RedisClient> client_;
  std::unique_ptr<RedisWakes> wakes_;
};

}  // namespace troupe::persistence
