// Nodes that have durable queues on one storage, one after the other and at the same time.
#include <gtest/gtest.h>
#include <atomic>
#include <chrono>
#include <memory>
#include <troupe/actor/actor.hpp>
#include <troupe/node/node.hpp>
#include <troupe/persistence/memory_storage.hpp>
#include <troupe/testkit/eventually.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

struct Book {
  static constexpr std::string_view wire_name = "test.Book";
  int number = 0;
};

/// Counts what it handles, where the shop is open; else keeps it.
class Desk : public Actor {
 public:
  using Protocol = Accepts<Book>;
  Desk(bool is_open, std::atomic<int>* handled) : is_open_(is_open), handled_(handled) {}
  void on(Book book) {
    if (!is_open_) return stash(book);
    ++*handled_;
  }

 private:
  const bool is_open_;
  std::atomic<int>* handled_;
};

TEST(NodeOnAStorage, GoesOnWithTheQueuesOfTheNodeBefore) {
  const auto storage = std::make_shared<persistence::MemoryStorage>();
  std::atomic<int> handled{0};
  {
    Node node({.name = "shop", .storage = storage}, real_platform(LogLevel::off));
    const auto desk = node.spawn<Desk>("desk", with(durable_mailbox("books")), false, &handled);
    for (int number = 1; number <= 3; ++number) desk.tell(Book{number});
  }
  Node node({.name = "shop", .storage = storage}, real_platform(LogLevel::off));
  node.spawn<Desk>("desk", with(durable_mailbox("books")), true, &handled);

  eventually(node.system(), [&] { return handled.load() == 3; }, 30s);
  EXPECT_EQ(handled.load(), 3);
}

TEST(NodeOnAStorage, WaitsForAQueueOfANodeThatStillHasIt) {
  const auto storage = std::make_shared<persistence::MemoryStorage>();
  std::atomic<int> handled{0};
  auto first = std::make_unique<Node>(NodeSettings{.name = "first", .storage = storage},
                                      real_platform(LogLevel::off));
  first->spawn<Desk>("desk", with(durable_mailbox("books")), false, &handled).tell(Book{1});
  Node second({.name = "second", .storage = storage}, real_platform(LogLevel::off));
  second.spawn<Desk>("desk", with(durable_mailbox("books")), true, &handled).tell(Book{2});
  EXPECT_EQ(handled.load(), 0);

  first.reset();
  eventually(second.system(), [&] { return handled.load() == 2; }, 30s);
  EXPECT_EQ(handled.load(), 2);
}

}  // namespace
}  // namespace troupe
