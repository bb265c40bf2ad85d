// Races everything that the runtime can do, from several threads and from the actors themselves:
// tell, ask, stop, kill, drain, failures with every directive, watch and unwatch, spawn, temporary
// actors, timers, stashes, bounded mailboxes, blocking actors, events and shutdown. At the end the
// books balance, each watch has been told of once, each ask has ended, and nothing lives.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/middleware.hpp>
#include <troupe/actor/runtime/scheduler_threaded.hpp>
#include <utility>
#include <vector>

#include "arena.hpp"
#include "players.hpp"
#include "stress.hpp"

namespace troupe::stress {
namespace {

using namespace std::chrono_literals;

constexpr unsigned watcher_count = 4;
constexpr unsigned thread_count = 3;
constexpr unsigned operations_per_thread = 1'500;

class Link final : public Middleware {};

class Round {
 public:
  explicit Round(std::uint64_t seed)
      : arena_(seed),
        system_("stress",
                {.workers = 2,
                 .blocking_threads_max = 4,
                 .dead_letters_max = 100,
                 .shutdown_timeout = 120s,
                 .stash_max = 50,
                 .guardian_strategy = mixed_strategy(SupervisionScope::one_for_one)},
                real_platform(LogLevel::off)) {
    for (unsigned i = 0; i < watcher_count; ++i) {
      watchers_.push_back(system_.spawn<Watcher>("watcher" + std::to_string(i), &arena_));
    }
    for (unsigned i = 0; i < slot_count; ++i) spawn_player();
  }

  /// With `orderly`, everything is stopped and counted before shutdown; else shutdown comes in the
  /// middle of it all.
  void run(bool orderly) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < thread_count; ++i) {
      threads.emplace_back([this] { play(); });
    }
    if (orderly) {
      for (std::thread& thread : threads) thread.join();
      stop_players();
      check_watches();
      finish();
    } else {
      while (operations_.load() < thread_count * operations_per_thread / 2) {
        std::this_thread::yield();
      }
      finish();
      for (std::thread& thread : threads) thread.join();
    }
    check_end();
  }

 private:
  SpawnOptions random_options() {
    SpawnOptions options;
    switch (arena_.random.below(10)) {
      case 0: options.add(bounded(4, Overflow::drop_new)); break;
      case 1: options.add(bounded(4, Overflow::drop_oldest)); break;
      case 2: options.add(bounded(4, Overflow::reject)); break;
      case 3: options.add(bounded(4, Overflow::block, 4'000)); break;
      case 4: options.add(blocking()); break;
      case 5: options.add(stop_after_idle(1ms)); break;
      case 6: options.add(middleware(std::make_shared<Link>(), std::make_shared<Link>())); break;
      default: break;
    }
    return options;
  }

  void spawn_player() {
    const std::string name =
        arena_.random.below(3) == 0 ? "p" + std::to_string(arena_.random.below(slot_count)) : "";
    auto made = system_.try_spawn<Player>(name, random_options(), &arena_, 0U);
    if (made.ok()) arena_.keep(*made);
  }

  void play() {
    std::vector<Future<unsigned>> answers;
    std::vector<Future<void>> ends;
    for (unsigned i = 0; i < operations_per_thread; ++i) {
      operate(answers, ends);
      ++operations_;
    }
    for (auto& answer : answers) static_cast<void>(answer.get());
    const std::lock_guard lock(ends_mutex_);
    for (auto& end : ends) ends_.push_back(std::move(end));
  }

  void operate(std::vector<Future<unsigned>>& answers, std::vector<Future<void>>& ends) {
    const AnyRef ref = arena_.any();
    const auto watcher = watchers_[arena_.random.below(watchers_.size())];
    switch (arena_.random.below(25)) {
      case 0: return spawn_player();
      case 1: return spawn_player();
      case 2: return system_.stop(ref);
      case 3: return system_.kill(ref);
      case 4: return system_.drain(ref);
      case 5: return ref.tell(FailWith{static_cast<unsigned>(arena_.random.below(5))});
      case 6: return answers.push_back(ref.ask(FailAsked{}, 1s));
      case 7: return answers.push_back(ref.ask(Question{2}, 1s));
      case 8: return answers.push_back(ref.ask(Slow{}, 1s));
      case 9: return watcher.tell(Watch{ref});
      case 10: return watcher.tell(Watch{ref});
      case 11: return watcher.tell(Unwatch{ref});
      case 12: return ref.tell(Watch{arena_.any()});
      case 13: return ref.tell(Unwatch{arena_.any()});
      case 14: return ref.tell(SpawnChild{});
      case 15: return ref.tell(PutOff{2});
      case 16: return ref.tell(End{});
      case 17: return ends.push_back(system_.stopped(ref));
      case 18:
        return answers.push_back(system_.ask<Answerer>(
            Question{static_cast<unsigned>(arena_.random.below(4))}, 1s, &arena_));
      case 19: return system_.tell<OneShot>(Work{1}, &arena_);
      case 20: {
        auto answer = ref.ask(Slow{}, 1s);
        answer.cancel();
        return answers.push_back(std::move(answer));
      }
      case 21:
        if (ref) system_.events().subscribe<ActorStopped>(ActorRef<Player::Protocol>(ref));
        return;
      case 22: static_cast<void>(ref.try_tell(Work{3})); return;
      case 23: return gather();
      default: return ref.tell(Work{4});
    }
  }

  void gather() {
    const std::size_t workers = system_.core().settings.workers;
    static_cast<runtime::ThreadedScheduler&>(*system_.core().scheduler)
        .consolidate_from(arena_.random.below(workers));
  }

  /// All actors but the watchers: players spawn no players at the root.
  void stop_players() {
    for (bool found = true; found;) {
      found = false;
      const std::vector<AnyRef> roots = children_of_guardian();
      for (const AnyRef& ref : roots) {
        if (std::ranges::find(watchers_, ref) != watchers_.end()) continue;
        found = true;
        system_.stop(ref);
        EXPECT_TRUE(system_.stopped(ref).get().ok());
      }
    }
    for (auto& end : ends_) EXPECT_TRUE(end.get().ok());
    ends_.clear();
  }

  std::vector<AnyRef> children_of_guardian() {
    const std::lock_guard lock(system_.core().guardian_mutex);
    return Context(*system_.core().guardian).children();
  }

  void check_watches() {
    const auto give_up = std::chrono::steady_clock::now() + 30s;
    for (const auto& watcher : watchers_) {
      unsigned outstanding = 1;
      while (outstanding != 0 && std::chrono::steady_clock::now() < give_up) {
        outstanding = watcher.ask(Outstanding{}, 30s).get().value();
      }
      EXPECT_EQ(outstanding, 0U) << "watches of actors that have ended, of which nothing came";
    }
    EXPECT_EQ(arena_.watches, arena_.ends + arena_.unwatches);
  }

  void finish() {
    const ShutdownReport report = system_.shutdown();
    for (const std::string& path : report.unfinished) ADD_FAILURE() << path << " did not end";
  }

  void check_end() {
    for (auto& end : ends_) EXPECT_TRUE(end.get().ok());
    EXPECT_EQ(arena_.surprises, 0U) << "ends of actors that were not watched, or told of twice";
    EXPECT_EQ(arena_.overlaps, 0U);
    EXPECT_EQ(arena_.instances, 0);
    const SystemCounts counts = system_.counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped);
  }

  Arena arena_;
  ActorSystem system_;
  std::vector<ActorRef<Watcher::Protocol>> watchers_;
  std::atomic<unsigned> operations_{0};
  std::mutex ends_mutex_;
  std::vector<Future<void>> ends_;
};

void run_rounds(bool orderly) {
  Random seeds(stress::seed());
  const unsigned rounds = stress::rounds(40, 170);
  for (unsigned i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("round " + std::to_string(i));
    Round(seeds.next()).run(orderly);
  }
}

TEST(RuntimeStress, BalancesTheBooksAndTellsOfEachEndOnce) { run_rounds(true); }

TEST(RuntimeStress, ShutsDownInTheMiddleOfItAll) { run_rounds(false); }

}  // namespace
}  // namespace troupe::stress
