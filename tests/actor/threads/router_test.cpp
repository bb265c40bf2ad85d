#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <troupe/testkit/probe.hpp>
#include <troupe/testkit/test_system.hpp>
#include <troupe/troupe.hpp>

#include "router_actors.hpp"

namespace troupe::router_test {
namespace {

TEST_F(RouterTest, RoundRobinTakesOneAfterTheOther) {
  auto workers = spawn_pool({.routees = 3});

  for (int i = 0; i < 6; ++i) workers.tell(Job{std::to_string(i)});
  system.run();

  EXPECT_EQ((*seen)["/user/pool/1"], (std::vector<std::string>{"0", "3"}));
  EXPECT_EQ((*seen)["/user/pool/2"], (std::vector<std::string>{"1", "4"}));
  EXPECT_EQ((*seen)["/user/pool/3"], (std::vector<std::string>{"2", "5"}));
  expect_balanced_books();
}

TEST_F(RouterTest, RandomReachesEveryRoutee) {
  auto workers = spawn_pool({.routees = 3, .strategy = random_routee()});

  for (int i = 0; i < 60; ++i) workers.tell(Job{"c"});
  system.run();

  for (int number = 1; number <= 3; ++number) EXPECT_GT(seen_by(number), 8U);
  EXPECT_EQ(seen_by(1) + seen_by(2) + seen_by(3), 60U);
}

TEST_F(RouterTest, BroadcastReachesAllRoutees) {
  auto workers = spawn_pool({.routees = 3, .strategy = broadcast()});

  workers.tell(Job{"c"});
  system.run();

  for (int number = 1; number <= 3; ++number) EXPECT_EQ(seen_by(number), 1U);
}

TEST_F(RouterTest, BroadcastAnswersWithTheFirstValue) {
  auto workers = spawn_pool({.routees = 3, .strategy = broadcast()});

  EXPECT_EQ(workers.ask(WhoAreYou{}).get().value(), "/user/pool/1");
  auto held = workers.ask(Hold{}, 1s).get();
  EXPECT_EQ(held.error().code(), ErrorCode::timeout);
}

TEST_F(RouterTest, EqualKeysGoToTheSameRoutee) {
  const auto customer = [](const Job& job) { return job.customer; };
  auto a = system.actors().spawn("a", group<Accepts<Job>>({spawn_worker("w1"), spawn_worker("w2")},
                                                          consistent_hash(customer)));
  for (int i = 0; i < 40; ++i) a.tell(Job{"customer " + std::to_string(i % 20)});
  system.run();

  std::set<std::string> routees;
  for (const auto& [path, customers] : *seen) {
    routees.insert(path);
    for (const std::string& name : customers) {
      EXPECT_EQ(std::ranges::count(customers, name), 2);
    }
  }
  EXPECT_EQ(routees.size(), 2U);
}

TEST_F(RouterTest, TheEndOfARouteeMovesItsOwnKeysOnly) {
  const auto by_customer = consistent_hash([](const auto& message) {
    if constexpr (requires { message.customer; }) {
      return std::string_view(message.customer);
    } else {
      return std::string_view();
    }
  });
  std::vector<ActorRef<Protocol>> refs = {spawn_worker("a"), spawn_worker("b"), spawn_worker("c")};
  auto stores = system.actors().spawn("stores", group<Protocol>(refs, by_customer));
  std::map<std::string, std::string> before;
  for (int i = 0; i < 60; ++i) {
    const std::string key = std::to_string(i);
    before[key] = stores.ask(WhoAreYou{key}).get().value();
  }

  system.stop(refs[1]);
  system.run();

  std::size_t moved = 0;
  for (const auto& [key, path] : before) {
    const std::string now = stores.ask(WhoAreYou{key}).get().value();
    if (path == "/user/b") {
      EXPECT_NE(now, "/user/b");
      ++moved;
    } else {
      EXPECT_EQ(now, path);
    }
  }
  EXPECT_GT(moved, 8U);
}

struct Wait {
  using Reply = int;
};
/// Waits in a task, so that its mailbox fills.
class Slow : public Actor {
 public:
  using Protocol = Accepts<Job, Wait>;
  Slow(AnyRef blocker, std::shared_ptr<Seen> seen) : blocker_(blocker), seen_(std::move(seen)) {}
  void on(const Job& job) { (*seen_)[path()].push_back(job.customer); }
  Task<int> on(Wait) {
    static_cast<void>(co_await ask(blocker_, Hold{}, 1h));
    co_return 1;
  }

 private:
  AnyRef blocker_;
  std::shared_ptr<Seen> seen_;
};

TEST_F(RouterTest, LeastLoadedCountsWhatARouteeHasNotBegun) {
  auto blocker = spawn_worker("blocker");
  auto workers = system.actors().spawn(
      "pool", pool<Slow>({.routees = 2, .strategy = least_loaded()}, AnyRef(blocker), seen));
  auto first = workers.ask(Wait{}, 1h);  // Keeps one busy for good.
  system.run();
  for (int i = 0; i < 10; ++i) {
    workers.tell(Job{"c"});
    system.run();
  }

  EXPECT_EQ(seen_by(1) + seen_by(2), 10U);
  EXPECT_TRUE(seen_by(1) == 0 || seen_by(2) == 0);
  first.cancel();
}

TEST_F(RouterTest, LeastLoadedOfAGroupPrefersTheIdle) {
  auto blocker = spawn_worker("blocker");
  auto busy = system.spawn<Slow>("busy", AnyRef(blocker), seen);
  auto idle = system.spawn<Slow>("idle", AnyRef(blocker), seen);
  auto both = system.actors().spawn("both", group<Slow::Protocol>({busy, idle}, least_loaded()));
  auto waiting = busy.ask(Wait{}, 1h);
  system.run();

  for (int i = 0; i < 4; ++i) {
    both.tell(Job{"c"});
    system.run();
  }

  EXPECT_EQ((*seen)["/user/idle"].size(), 4U);
  waiting.cancel();
}

TEST_F(RouterTest, LeastLoadedSpreadsWhatComesAtOnce) {
  auto workers = spawn_pool({.routees = 2,
                             .strategy = least_loaded(),
                             .options = with(bounded(1'000, Overflow::drop_new))});

  for (int i = 0; i < 10; ++i) workers.tell(Job{"c"});
  system.run();

  EXPECT_EQ(seen_by(1), 5U);
  EXPECT_EQ(seen_by(2), 5U);
}

TEST_F(RouterTest, LeavesSenderAndAskerAsTheyWere) {
  auto workers = spawn_pool({.routees = 2});
  auto asker =
      system.spawn("asker", behavior([workers](Context& self, WhoAsks) -> Task<std::string> {
                     auto who = co_await self.ask(workers, WhoAsks{}, 1s);
                     co_return who;
                   }));

  EXPECT_EQ(asker.ask(WhoAsks{}).get().value(), "/user/asker");
  EXPECT_EQ(workers.ask(WhoAsks{}).get().value(), "nobody");
}

TEST_F(RouterTest, ARouterWithoutRouteesMakesDeadLetters) {
  auto empty = system.actors().spawn("empty", group<Protocol>({}, round_robin()));
  auto nobody = system.actors().spawn("nobody", group<Protocol>({}, broadcast()));

  empty.tell(Job{"c"});
  nobody.tell(Job{"c"});
  auto answer = empty.ask(WhoAreYou{}).get();

  EXPECT_EQ(answer.error().code(), ErrorCode::no_such_actor);
  EXPECT_EQ(answer.error().context(), "/user/empty has no routees");
  EXPECT_TRUE(answer.error().definitely_not_executed());
  system.run();
  EXPECT_EQ(dead(ErrorCode::no_such_actor), 3U);
  expect_balanced_books();
}

TEST_F(RouterTest, ARouteeThatHasEndedIsPassedOverBeforeItsEndIsTold) {
  auto first = spawn_worker("first");
  auto second = spawn_worker("second");
  auto both = system.actors().spawn("both", group<Protocol>({first, second}));
  system.stop(first);
  for (int i = 0; i < 4; ++i) both.tell(Job{"c"});
  system.run();

  EXPECT_EQ((*seen)["/user/second"].size(), 4U);
  EXPECT_EQ(dead(ErrorCode::actor_stopped), 0U);
}

TEST_F(RouterTest, AnUnknownMessageIsRefusedByItsName) {
  auto workers = spawn_pool({.routees = 1, .strategy = broadcast()});

  AnyRef(workers).tell(Wait{});
  system.run();

  EXPECT_EQ(dead(ErrorCode::unknown_type), 1U);
  expect_balanced_books();
}

struct Parcel {
  static constexpr bool local_message = true;
  std::unique_ptr<int> content;
};
class Postman : public Actor {
 public:
  using Protocol = Accepts<Parcel>;
  explicit Postman(std::shared_ptr<int> sum) : sum_(std::move(sum)) {}
  void on(Parcel parcel) { *sum_ += *parcel.content; }

 private:
  std::shared_ptr<int> sum_;
};

TEST_F(RouterTest, PassesOnMessagesThatCannotBeCopied) {
  auto sum = std::make_shared<int>(0);
  auto postmen = system.actors().spawn("post", pool<Postman>({.routees = 2}, sum));

  postmen.tell(Parcel{std::make_unique<int>(40)});
  postmen.tell(Parcel{std::make_unique<int>(2)});
  system.run();

  EXPECT_EQ(*sum, 42);
}

// Many threads ask a pool whose routees are stopped meanwhile. Run under ThreadSanitizer.
TEST(RouterThreads, EveryAskIsAnsweredWhileRouteesComeAndGo) {
  ActorSystem system("threads", {.workers = 4});
  auto seen = std::make_shared<Seen>();
  const std::vector<RouterStrategy<Protocol>> strategies = {
      round_robin(), least_loaded(), broadcast(),
      consistent_hash([](const auto& message) { return sizeof(message); })};
  for (std::size_t i = 0; i < strategies.size(); ++i) {
    const std::string name = "pool" + std::to_string(i);
    auto workers =
        system.spawn(name, pool<Worker>({.routees = 3,
                                         .strategy = strategies[i],
                                         .supervision = one_for_one({.restarts = 1'000})},
                                        seen));
    std::atomic<int> answers{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&, thread] {
        for (int round = 0; round < 200; ++round) {
          if (auto path = workers.ask(WhoAreYou{std::to_string(round)}).get()) {
            EXPECT_TRUE(path->starts_with("/user/pool"));
          }
          ++answers;
          const std::string victim = "/user/" + name + "/" + std::to_string(thread + 1);
          if (round % 20 == 0) {
            if (auto found = system.try_find_any(victim); found.ok()) system.stop(*found);
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(answers, 600);
  }
  EXPECT_TRUE(system.shutdown().complete());
  const SystemCounts counts = system.counts();
  EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
}

}  // namespace
}  // namespace troupe::router_test
