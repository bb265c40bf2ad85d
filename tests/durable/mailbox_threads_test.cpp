// Durable mailboxes with threads: many senders, and actors that fail, on one storage.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <troupe/actor/actor_system.hpp>
#include <troupe/persistence/mailbox/mailboxes.hpp>
#include <troupe/persistence/memory_storage.hpp>
#include <vector>

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;

struct Item {
  static constexpr std::string_view wire_name = "test.Item";
  int sender = 0;
  int number = 0;
};
struct Total {
  static constexpr std::string_view wire_name = "test.Total";
  using Reply = int;
};

class Counter : public Actor {
 public:
  using Protocol = Accepts<Item, Total>;
  explicit Counter(std::atomic<int>* misplaced) : misplaced_(misplaced) {}
  Task<> on(Item item) {
    if (item.number % 7 == 0) co_await yield();
    int& last = last_[item.sender];
    if (item.number != last + 1) misplaced_->fetch_add(1);
    last = item.number;
    ++total_;
  }
  int on(Total) const { return total_; }

 private:
  std::map<int, int> last_;
  int total_ = 0;
  std::atomic<int>* misplaced_;
};

TEST(DurableMailboxOfManySenders, KeepsTheOrderOfEach) {
  constexpr int senders = 4;
  constexpr int items = 2'000;
  constexpr int queues = 3;
  std::atomic<int> misplaced{0};
  auto storage = std::make_shared<persistence::MemoryStorage>();
  ActorSystem system("threads", {.workers = 2,
                                 .mailboxes = persistence::mailboxes_on(
                                     storage, {.incarnation = 1, .wall_clock = {}})});
  std::vector<RefTo<Counter>> counters;
  for (int i = 0; i < queues; ++i) {
    counters.push_back(system.spawn<Counter>(
        "", with(durable_mailbox("q" + std::to_string(i), {.window_messages = 16})), &misplaced));
  }
  std::vector<std::thread> threads;
  for (int sender = 0; sender < senders; ++sender) {
    threads.emplace_back([&, sender] {
      for (int number = 1; number <= items; ++number) {
        for (const auto& counter : counters) counter.tell(Item{sender, number});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& counter : counters) {
    EXPECT_EQ(counter.ask(Total{}, 60s).get().value(), senders * items);
  }

  EXPECT_EQ(misplaced.load(), 0);
  EXPECT_TRUE(system.shutdown().complete());
  const SystemCounts counts = system.counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped + counts.stored);
  EXPECT_EQ(counts.dropped, 0U);
}

TEST(DurableMailboxOfManyLives, GoesOnWhereTheActorBeforeHasEnded) {
  constexpr int items = 300;
  std::atomic<int> misplaced{0};
  auto storage = std::make_shared<persistence::MemoryStorage>();
  ActorSystem system("threads", {.workers = 2,
                                 .mailboxes = persistence::mailboxes_on(
                                     storage, {.incarnation = 1, .wall_clock = {}})});
  std::uint64_t refused = 0;
  for (int life = 0; life < 50; ++life) {
    auto counter = system.try_spawn<Counter>("", with(durable_mailbox("queue")), &misplaced);
    if (!counter.ok()) {
      EXPECT_EQ(counter.error().code(), ErrorCode::name_taken);
      ++refused;
      std::this_thread::yield();
      continue;
    }
    for (int i = 0; i < items; ++i) counter->tell(Item{life, i + 1});
    system.stop(*counter);
    if (life % 2 == 0) static_cast<void>(system.stopped(*counter).get());
  }
  EXPECT_LT(refused, 50U);
  EXPECT_TRUE(system.shutdown().complete());
  const SystemCounts counts = system.counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped + counts.stored);
}

}  // namespace
}  // namespace troupe::durable_test
