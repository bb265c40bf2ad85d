// RedisLines: the operations of a RedisStorage on their way: one after the other for each name, and
// all names together through one client.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <troupe/base/log.hpp>
#include <troupe/persistence/redis/redis_client.hpp>
#include <troupe/persistence/redis_storage/claimed_queues.hpp>
#include <troupe/persistence/redis_storage/owner_leases.hpp>
#include <troupe/persistence/redis_storage/storage_commands.hpp>
#include <troupe/persistence/redis_storage_settings.hpp>
#include <troupe/persistence/storage_counts.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::persistence {

class RedisWakes;

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
  Result<void> accept(const redis::ServerFacts& facts);
  void connected();
  void renew_leases();
  void wake(const std::string& queue);
  void sweep();
  void run(Line& line);
  void done(Line& line);
  void finish(Line& line);
  void book(Operation& operation);
  void again(Line& line, Operation& operation);
  bool restore(Line& line, Operation& operation, const std::string& queue, std::uint64_t step);
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
  const Logger log_;
  const CommandPlace place_;
  ClaimedQueues claimed_;
  std::atomic<std::uint64_t> claims_{0};  // And erasures by nobody.

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable changed_;
  std::unordered_map<std::string, std::unique_ptr<Line>> lines_;
  std::string why_away_;
  std::string life_;                  // Of the server that was taken last.
  std::vector<std::string> doubted_;  // Queues whose owners are to hear of another one.
  std::function<void(std::string_view)> wake_;
  bool is_known_ = false;
  bool is_closed_ = false;
  StorageCounts counts_;

  OwnerLeases leases_;
  std::atomic<redis::RedisClient*> renewing_{nullptr};  // The client, once it is there.
  std::unique_ptr<redis::RedisClient> client_;
  std::unique_ptr<RedisWakes> wakes_;
};

}  // namespace troupe::persistence
