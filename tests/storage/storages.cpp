#include "storages.hpp"

#include <mutex>
#include <optional>
#include <troupe/persistence/memory_storage.hpp>
#include <troupe/persistence/rules/operation_access.hpp>
#include <troupe/testkit/simulated_store.hpp>
#include <utility>

#ifdef TROUPE_WITH_SQLITE
#include <troupe/persistence/sqlite_storage.hpp>
#include "temporary_folder.hpp"
#endif

#ifdef TROUPE_WITH_REDIS
#include <atomic>
#include <troupe/persistence/redis_storage.hpp>

#include "../persistence/redis_server.hpp"
#endif

namespace troupe::persistence {
namespace {

/// So few dead letters that a test may pass it.
constexpr StorageLimits limits{.dead_letters_max = 2'000};

class MemoryPlace final : public StoragePlace {
 public:
  Storage& storage() override { return *storage_; }
  void reopen() override { storage_.emplace(MemorySettings{.limits = limits}); }

 private:
  std::optional<MemoryStorage> storage_{std::in_place, MemorySettings{.limits = limits}};
};

/// Whoever asks it runs the world in which it answers, one thread at a time.
class SimulatedPlace final : public StoragePlace, private Storage {
 public:
  SimulatedPlace() {
    store_.run_in(world_);
    reopen();
  }
  Storage& storage() override { return *this; }
  void reopen() override {
    if (connection_) connection_->cut();
    connection_ = store_.connect();
    if (wake_) connection_->on_append(wake_);
  }

 private:
  void on_append(std::function<void(std::string_view)> wake) override {
    wake_ = std::move(wake);
    connection_->on_append(wake_);
  }
  void close(Duration timeout) override { connection_->close(timeout); }
  [[nodiscard]] StorageCounts counts() const override { return connection_->counts(); }
  [[nodiscard]] const StorageLimits& limits() const noexcept override {
    return connection_->limits();
  }
  void take(Operation& operation) override {
    const std::lock_guard lock(mutex_);  // Recursive: what completes may submit the next.
    persistence::visit(operation, [&](auto& one) { connection_->submit(one); });
    if (std::exchange(is_running_, true)) return;
    world_.run_for(std::chrono::seconds(1));
    is_running_ = false;
  }

  testkit::SteppedWorld world_{std::make_shared<testkit::ManualClock>()};
  testkit::SimulatedStore store_;
  std::shared_ptr<testkit::SimulatedStore::Connection> connection_;
  std::function<void(std::string_view)> wake_;
  std::recursive_mutex mutex_;
  bool is_running_ = false;
};

#ifdef TROUPE_WITH_SQLITE
class SqlitePlace final : public StoragePlace {
 public:
  explicit SqlitePlace(Durability durability) : durability_(durability) { reopen(); }
  Storage& storage() override { return *storage_; }
  void reopen() override {
    storage_.reset();
    Platform platform = real_platform();
    platform.log = null_log();
    auto opened = SqliteStorage::open({.path = folder_.file("storage.db"),
                                       .durability = durability_,
                                       .reserve_bytes = 4'096,
                                       .limits = limits},
                                      platform);
    EXPECT_TRUE(opened.ok()) << opened.error().context();
    storage_ = std::move(opened).value();
  }

 private:
  const Durability durability_;
  const TemporaryFolder folder_;
  std::unique_ptr<Storage> storage_;
};
#endif

#ifdef TROUPE_WITH_REDIS
/// One server for all tests, each of which has a cluster of its own there.
class RedisPlace final : public StoragePlace {
 public:
  RedisPlace() { reopen(); }
  Storage& storage() override { return *storage_; }
  void reopen() override {
    static RedisServer server({"--appendonly", "yes"});
    storage_.reset();
    Platform platform = real_platform();
    platform.log = null_log();
    auto opened = RedisStorage::open(
        {.redis = {.url = server.url(), .command_timeout = std::chrono::seconds(10)},
         .cluster = cluster_,
         .limits = limits},
        platform);
    EXPECT_TRUE(opened.ok()) << opened.error().context();
    storage_ = std::move(opened).value();
  }

 private:
  static std::string next_cluster() {
    static std::atomic<int> count = 0;
    return "test-" + std::to_string(++count);
  }
  const std::string cluster_ = next_cluster();
  std::unique_ptr<Storage> storage_;
};
#endif

}  // namespace

std::vector<StorageKind> storage_kinds() {
  std::vector<StorageKind> kinds;
  kinds.push_back({"memory", [] { return std::make_unique<MemoryPlace>(); }, false});
  kinds.push_back({"simulated", [] { return std::make_unique<SimulatedPlace>(); }});
#ifdef TROUPE_WITH_SQLITE
  kinds.push_back({"sqlite", [] { return std::make_unique<SqlitePlace>(Durability::full); }});
  kinds.push_back(
      {"sqlite_normal", [] { return std::make_unique<SqlitePlace>(Durability::normal); }});
#endif
#ifdef TROUPE_WITH_REDIS
  if (RedisServer::is_installed()) {
    kinds.push_back({"redis", [] { return std::make_unique<RedisPlace>(); }});
  }
#endif
  return kinds;
}

}  // namespace troupe::persistence
