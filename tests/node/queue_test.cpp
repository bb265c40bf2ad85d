// Refs of a node to durable queues by their names.
#include <gtest/gtest.h>
#include <atomic>
#include <memory>
#include <thread>
#include <troupe/node/node.hpp>
#include <troupe/persistence/memory_storage.hpp>
#include <vector>

namespace {

using namespace std::chrono_literals;
using troupe::Accepts;
using troupe::ErrorCode;
using troupe::persistence::MemoryStorage;

struct Item {
  static constexpr std::string_view wire_name = "test.QueuedItem";
  int number = 0;
};
struct Numbers {
  static constexpr std::string_view wire_name = "test.QueuedNumbers";
  using Reply = std::vector<int>;
};

class Desk : public troupe::Actor {
 public:
  using Protocol = Accepts<Item, Numbers>;
  void on(Item item) { numbers_.push_back(item.number); }
  std::vector<int> on(Numbers) const { return numbers_; }

 private:
  std::vector<int> numbers_;
};

struct Go {
  using Reply = bool;
};
class Sender : public troupe::Actor {
 public:
  using Protocol = Accepts<Go>;
  Sender(troupe::RefTo<Desk> queue, std::atomic<bool>* is_sent)
      : queue_(queue), is_sent_(is_sent) {}
  troupe::Task<bool> on(Go) {
    const auto stored = co_await send(queue_, Item{7});
    *is_sent_ = true;
    co_return stored.ok();
  }

 private:
  troupe::RefTo<Desk> queue_;
  std::atomic<bool>* is_sent_;
};

struct Shown : troupe::persistence::ShowQueue {
  void complete() noexcept override {}
};
std::uint64_t waiting_in(MemoryStorage& storage, const std::string& queue) {
  Shown shown;
  shown.queue = queue;
  storage.submit(shown);
  return shown.state.books.waiting;
}

std::unique_ptr<troupe::Node> node_with(std::shared_ptr<troupe::persistence::Storage> storage) {
  troupe::Platform platform = troupe::real_platform();
  platform.log = troupe::null_log();
  return std::make_unique<troupe::Node>(
      troupe::NodeSettings{.name = "shop", .system = {.workers = 1}, .storage = std::move(storage)},
      std::move(platform));
}

TEST(QueueOfANode, TakesMessagesWhetherItsActorRunsOrNot) {
  const auto storage = std::make_shared<MemoryStorage>();
  const auto node = node_with(storage);
  const auto queue = node->queue<Desk>("orders");
  for (int i = 1; i <= 3; ++i) queue.tell(Item{i});
  EXPECT_EQ(waiting_in(*storage, "orders"), 3U);

  const auto desk = node->spawn<Desk>("desk", troupe::with(troupe::durable_mailbox("orders")));
  EXPECT_EQ(desk.ask(Numbers{}).get().value(), (std::vector<int>{1, 2, 3}));
  queue.tell(Item{4});
  EXPECT_EQ(desk.ask(Numbers{}).get().value(), (std::vector<int>{1, 2, 3, 4}));
}

TEST(QueueOfANode, ASendIsDoneWhenItsMessageIsStored) {
  const auto storage =
      std::make_shared<MemoryStorage>(troupe::persistence::MemorySettings{.is_stepped = true});
  const auto node = node_with(storage);
  std::atomic<bool> is_sent{false};
  const auto sender = node->spawn<Sender>("sender", node->queue<Desk>("orders"), &is_sent);
  auto answer = sender.ask(Go{});
  while (storage->counts().waiting == 0) std::this_thread::yield();
  EXPECT_FALSE(is_sent);

  EXPECT_TRUE(storage->step());
  EXPECT_TRUE(answer.get().value());
  EXPECT_TRUE(is_sent);
}

TEST(QueueOfANode, IsTheSameRefEachTimeAndNamesItsQueue) {
  const auto node = node_with(std::make_shared<MemoryStorage>());
  const auto queue = node->queue<Desk>("orders");
  EXPECT_EQ(troupe::AnyRef(queue), troupe::AnyRef(node->queue<Desk>("orders")));
  EXPECT_NE(troupe::AnyRef(queue), troupe::AnyRef(node->queue<Desk>("others")));
  EXPECT_EQ(troupe::AnyRef(queue).path(),
            "troupe://" + node->address().to_string() + "/queue/orders");
}

TEST(QueueOfANode, WhatItsStorageDoesNotTakeIsADeadLetter) {
  const auto storage = std::make_shared<MemoryStorage>();
  const auto node = node_with(storage);
  const auto queue = node->queue<Desk>("orders");
  storage->close(0s);
  queue.tell(Item{1});
  EXPECT_EQ(node->dead_letters().count(ErrorCode::storage_unavailable), 1U);
}

TEST(QueueOfANode, AnswersNothing) {
  const auto node = node_with(std::make_shared<MemoryStorage>());
  const auto answer = node->queue<Desk>("orders").ask(Numbers{}).get();
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), ErrorCode::no_such_actor);
}

TEST(QueueOfANode, NeedsAStorageAndAName) {
  const auto without = node_with(nullptr)->try_queue<Desk>("orders");
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().code(), ErrorCode::invalid_setting);
  const auto node = node_with(std::make_shared<MemoryStorage>());
  EXPECT_EQ(node->try_queue<Desk>("").error().code(), ErrorCode::invalid_name);
  EXPECT_EQ(node->try_queue<Desk>(std::string(256, 'x')).error().code(), ErrorCode::invalid_name);
}

TEST(QueueOfANode, IsGoneWithItsNode) {
  const auto storage = std::make_shared<MemoryStorage>();
  auto node = node_with(storage);
  const auto queue = node->queue<Desk>("orders");
  node.reset();
  queue.tell(Item{1});
  EXPECT_EQ(waiting_in(*storage, "orders"), 0U);
}

}  // namespace
