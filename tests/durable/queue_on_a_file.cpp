// A durable queue in a file, whose answers come from another thread and take a while.
#include <gtest/gtest.h>

#include <unistd.h>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/actor_system.hpp>
#include <troupe/persistence/mailbox/mailboxes.hpp>
#include <troupe/persistence/sqlite_storage.hpp>

namespace troupe::durable_test {
namespace {

struct Coin {
  static constexpr std::string_view wire_name = "test.Coin";
};

class Purse : public Actor {
 public:
  using Protocol = Accepts<Coin>;
  explicit Purse(std::atomic<int>* coins) : coins_(coins) {}
  void on(Coin) { ++*coins_; }

 private:
  std::atomic<int>* coins_;
};

TEST(QueueOnAFile, HasItsNextActorAsSoonAsTheEndOfTheLastIsTold) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("troupe-queue-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::atomic<int> coins{0};
  {
    std::shared_ptr<persistence::Storage> storage =
        persistence::SqliteStorage::open({.path = folder / "queue.db"}, real_platform()).value();
    ActorSystem system(
        "purses",
        {.workers = 2, .mailboxes = persistence::mailboxes_on(storage, {.incarnation = 1})});
    for (int life = 0; life < 100; ++life) {
      const auto purse = system.try_spawn<Purse>("purse", with(durable_mailbox("purse")), &coins);
      ASSERT_TRUE(purse.ok()) << purse.error().to_string();
      purse->tell(Coin{});
      system.stop(*purse);
      ASSERT_TRUE(system.stopped(*purse).get().ok());
    }
    const auto last = system.spawn<Purse>("purse", with(durable_mailbox("purse")), &coins);
    last.tell(Coin{});
    system.drain(last);
    ASSERT_TRUE(system.stopped(last).get().ok());
    EXPECT_TRUE(system.shutdown().complete());
  }
  EXPECT_GE(coins.load(), 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace troupe::durable_test
