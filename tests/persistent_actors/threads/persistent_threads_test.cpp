// Persistent actors on workers, over a storage whose answers come on other threads.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <troupe/actor/actor_system.hpp>
#include <troupe/persistence/actors/journals.hpp>
#include <troupe/persistence/memory_storage.hpp>
#include <troupe/persistence/persistent_actor.hpp>

namespace troupe::persistent_test {
namespace {

using namespace std::chrono_literals;

struct Paid {
  static constexpr std::string_view wire_name = "test.Paid";
  int cents = 0;
};
struct Purse {
  static constexpr std::string_view wire_name = "test.Purse";
  int cents = 0;
  void apply(const Paid& event) { cents += event.cents; }
};
struct PayIn {
  using Reply = int;
  int cents = 0;
};
struct Look {
  using Reply = int;
};

class PurseActor : public Persistent<Purse, Paid> {
 public:
  using Protocol = Accepts<PayIn, Look>;
  explicit PurseActor(int number)
      : Persistent("purse-" + std::to_string(number), {.snapshot_every = 16}) {}
  Task<int> on(PayIn order) {
    co_await persist(Paid{order.cents});
    co_return state().cents;
  }
  int on(Look) const { return state().cents; }
};

/// Steps a storage in memory on a thread of its own.
class SteppingThread {
 public:
  explicit SteppingThread(persistence::MemoryStorage& storage)
      : thread_([this, &storage] {
          while (!ends_.load()) {
            if (storage.run() == 0) std::this_thread::yield();
          }
        }) {}
  ~SteppingThread() {
    ends_.store(true);
    thread_.join();
  }
  SteppingThread(const SteppingThread&) = delete;
  SteppingThread& operator=(const SteppingThread&) = delete;

 private:
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

class PersistentThreads : public testing::Test {
 protected:
  static constexpr int purses = 20;

  [[nodiscard]] SystemSettings settings() {
    return {.workers = 4,
            .journals = persistence::journals_on(storage_, {.incarnation = 1}),
            .recoveries_max = 3};
  }

  std::shared_ptr<persistence::MemoryStorage> storage_ =
      std::make_shared<persistence::MemoryStorage>(persistence::MemorySettings{.is_stepped = true});
};

TEST_F(PersistentThreads, AnswerEachRequestAndFindItsEventInTheNextLife) {
  const SteppingThread stepping(*storage_);
  {
    ActorSystem system("first", settings());
    std::vector<Future<int>> answers;
    for (int number = 0; number < purses; ++number) {
      const auto purse = system.spawn<PurseActor>({}, number);
      for (int i = 0; i < 50; ++i) answers.push_back(purse.ask(PayIn{1}, 60s));
    }
    for (Future<int>& answer : answers) EXPECT_TRUE(answer.get().ok());
  }
  ActorSystem system("second", settings());
  for (int number = 0; number < purses; ++number) {
    EXPECT_EQ(system.spawn<PurseActor>({}, number).ask(Look{}, 60s).get().value(), 50);
  }
}

TEST_F(PersistentThreads, LoseNoAnsweredEventWhereActorsEndInTheMidstOfIt) {
  const SteppingThread stepping(*storage_);
  ActorSystem system("system", settings());
  std::vector<int> answered(purses, 0);
  std::vector<int> asked(purses, 0);
  for (int round = 0; round < 10; ++round) {
    std::vector<std::pair<int, Future<int>>> answers;
    std::vector<RefTo<PurseActor>> refs;
    for (int number = 0; number < purses; ++number) {
      refs.push_back(system.spawn<PurseActor>({}, number));
      for (int i = 0; i < 5; ++i) answers.emplace_back(number, refs.back().ask(PayIn{1}, 60s));
      asked[static_cast<std::size_t>(number)] += 5;
    }
    // Some have not recovered, some write, and some are done.
    EXPECT_TRUE(refs.back().ask(Look{}, 60s).get().ok());
    for (const auto& ref : refs) system.kill(ref);
    for (auto& [number, answer] : answers) {
      if (answer.get().ok()) ++answered[static_cast<std::size_t>(number)];
    }
  }
  EXPECT_GT(answered.front(), 0);
  for (int number = 0; number < purses; ++number) {
    const int cents = system.spawn<PurseActor>({}, number).ask(Look{}, 60s).get().value();
    EXPECT_GE(cents, answered[static_cast<std::size_t>(number)]);
    EXPECT_LE(cents, asked[static_cast<std::size_t>(number)]);
  }
}

}  // namespace
}  // namespace troupe::persistent_test
