// Races everything that the runtime can do, from several threads and from the actors themselves:
// tell, ask, stop, kill, drain, failures with every directive, watch and unwatch, spawn, temporary
// actors, timers, stashes, bounded mailboxes, blocking actors, events and shutdown. At the end the
// books balance, each watch has been told of once, each ask has ended, and nothing lives.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/middleware.hpp>

#include "stress.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

constexpr unsigned slot_count = 24;
constexpr unsigned watcher_count = 4;
constexpr unsigned thread_count = 3;
constexpr unsigned operations_per_thread = 1'500;

struct ResumeMe : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct StopMe : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct EscalateMe : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What one round shares. The refs in it are old as often as not.
class Arena {
 public:
  explicit Arena(std::uint64_t seed) : random(seed) {}

  [[nodiscard]] AnyRef any() {
    const std::lock_guard lock(mutex_);
    return refs_[random.below(refs_.size())];
  }
  void keep(AnyRef ref) {
    const std::lock_guard lock(mutex_);
    refs_[random.below(refs_.size())] = ref;
  }
  [[nodiscard]] std::vector<AnyRef> all() {
    const std::lock_guard lock(mutex_);
    return {refs_.begin(), refs_.end()};
  }

  Random random;
  std::atomic<std::int64_t> instances{0};
  std::atomic<std::uint64_t> watches{0};    ///< Of watchers that live to the end.
  std::atomic<std::uint64_t> unwatches{0};  ///< Of those.
  std::atomic<std::uint64_t> ends{0};       ///< That those heard of.
  std::atomic<std::uint64_t> surprises{0};  ///< Terminated of an actor that was not watched.
  std::atomic<std::uint64_t> overlaps{0};   ///< Two handlers of one actor at the same time.

 private:
  std::mutex mutex_;
  std::array<AnyRef, 2 * slot_count> refs_{};
};

struct Work {
  unsigned hops;
};
struct Question {
  using Reply = unsigned;
  unsigned hops;
};
struct Slow {
  using Reply = unsigned;
};
struct FailWith {
  unsigned how;
};
struct FailAsked {
  using Reply = unsigned;
};
struct Watch {
  static constexpr bool local_message = true;
  AnyRef target;
};
struct Unwatch {
  static constexpr bool local_message = true;
  AnyRef target;
};
struct SpawnChild {};
struct PutOff {
  unsigned hops;
};
struct TakeBack {};
struct Tick {};
struct End {};
struct Outstanding {
  using Reply = unsigned;
};

[[noreturn]] void fail(unsigned how) {
  switch (how % 5) {
    case 0: throw ResumeMe("resume me");
    case 1: throw StopMe("stop me");
    case 2: throw EscalateMe("escalate me");
    case 3: throw 5;
    default: throw std::runtime_error("restart me");
  }
}

SupervisorStrategy mixed_strategy(SupervisionScope scope) {
  return SupervisorStrategy(scope, {.restarts = 100'000, .within = 60s})
      .on<ResumeMe>(Directive::resume)
      .on<StopMe>(Directive::stop)
      .on<EscalateMe>(Directive::escalate);
}

/// Notes when two handlers of one actor run at the same time.
class OneAtATime {
 public:
  OneAtATime(std::atomic<bool>& inside, Arena& arena) : inside_(inside) {
    if (inside_.exchange(true, std::memory_order_relaxed)) ++arena.overlaps;
  }
  ~OneAtATime() { inside_.store(false, std::memory_order_relaxed); }
  OneAtATime(const OneAtATime&) = delete;
  OneAtATime& operator=(const OneAtATime&) = delete;

 private:
  std::atomic<bool>& inside_;
};

/// The books of one watcher.
class WatchBook {
 public:
  bool watch(AnyRef ref) { return watched_.insert(ref).second; }
  bool unwatch(AnyRef ref) { return watched_.erase(ref) != 0; }
  [[nodiscard]] std::size_t size() const { return watched_.size(); }

 private:
  std::set<AnyRef> watched_;
};

class Answerer : public Actor {
 public:
  using Protocol = Accepts<Question>;
  explicit Answerer(Arena* arena) : arena_(arena) { ++arena_->instances; }
  ~Answerer() override { --arena_->instances; }
  unsigned on(Question question) {
    if (question.hops == 3) throw std::runtime_error("not this one");
    return question.hops;
  }

 private:
  Arena* arena_;
};

class OneShot : public Actor {
 public:
  using Protocol = Accepts<Work>;
  static constexpr auto stop_policy = after_one_message();
  explicit OneShot(Arena* arena) : arena_(arena) { ++arena_->instances; }
  ~OneShot() override { --arena_->instances; }
  void on(Work work) {
    if (work.hops % 2 == 1) throw std::runtime_error("the only one");
  }

 private:
  Arena* arena_;
};

class Player : public Actor {
 public:
  using Protocol = Accepts<Work, Question, Slow, FailWith, FailAsked, Watch, Unwatch, SpawnChild,
                           PutOff, TakeBack, Tick, End, ActorStopped>;
  Player(Arena* arena, unsigned depth) : arena_(arena), depth_(depth) {
    ++arena_->instances;
    if (arena_->random.below(40) == 0) {
      --arena_->instances;
      throw std::runtime_error("cannot begin");
    }
    if (arena_->random.below(4) == 0) start_timer("tick", every(1ms), Tick{});
    if (arena_->random.below(8) == 0) set_receive_timeout(2ms);
  }
  ~Player() override { --arena_->instances; }
  void on_start() override {
    if (arena_->random.below(40) == 0) throw std::runtime_error("cannot start");
  }
  void on_stop() override {
    arena_->any().tell(Work{1});
    if (arena_->random.below(8) == 0) start_timer("late", after(1ms), Tick{});
    if (arena_->random.below(8) == 0) throw std::runtime_error("cannot stop");
  }
  void before_restart(const Error&) override { arena_->any().tell(Work{1}); }
  [[nodiscard]] SupervisorStrategy supervision() const override {
    return mixed_strategy(static_cast<SupervisionScope>(arena_->random.below(3)))
        .backoff({.first = arena_->random.below(2) == 0 ? 0us : 300us});
  }
  [[nodiscard]] Poison on_poison(const Error&) override {
    return static_cast<Poison>(arena_->random.below(3));
  }

  void on(Work work) {
    const OneAtATime one(inside_, *arena_);
    if (work.hops == 0) return;
    arena_->any().tell(Work{work.hops - 1});
    if (arena_->random.below(16) == 0) unstash_all();
    if (arena_->random.below(64) == 0) stop();
  }
  unsigned on(Question question) {
    const OneAtATime one(inside_, *arena_);
    return question.hops;
  }
  Task<unsigned, reentrant> on(Slow) {
    auto answer = co_await ask(arena_->any(), Question{1}, 5ms);
    if (!answer) co_return answer.error();
    auto sent = co_await send(arena_->any(), Work{1});
    static_cast<void>(sent);
    co_await yield();
    co_return *answer;
  }
  void on(FailWith order) {
    const OneAtATime one(inside_, *arena_);
    fail(order.how);
  }
  unsigned on(FailAsked) { fail(static_cast<unsigned>(arena_->random.below(5))); }
  Task<> on(Watch order) {
    if (book_.watch(order.target)) watch(order.target);
    if (arena_->random.below(4) != 0) co_return;
    auto answer = co_await ask(arena_->any(), Question{1}, 2ms);
    if (!answer && arena_->random.below(4) == 0) fail(4);
  }
  void on(Unwatch order) {
    if (book_.unwatch(order.target)) unwatch(order.target);
  }
  void on(SpawnChild) {
    if (depth_ > 2) return;
    if (auto child = try_spawn<Player>("child", arena_, depth_ + 1); child.ok()) {
      arena_->keep(*child);
    }
    if (auto child = try_spawn<Player>("", arena_, depth_ + 1); child.ok()) watch_too(*child);
    tell<OneShot>(Work{2}, arena_);
  }
  void on(PutOff later) { stash(Work{later.hops}); }
  void on(TakeBack) { unstash_all(); }
  void on(Tick) { arena_->any().tell(Work{1}); }
  void on(End) {
    const AnyRef other = arena_->any();
    switch (arena_->random.below(3)) {
      case 0: return stop(other);
      case 1: return kill(other);
      default: return drain(other);
    }
  }
  void on(ActorStopped) {
    if (arena_->random.below(16) == 0) events().unsubscribe<ActorStopped>(self());
  }
  void on(ReceiveTimeout) {
    if (arena_->random.below(16) == 0) set_receive_timeout(0s);
  }
  void on(Terminated gone) {
    if (!book_.unwatch(gone.ref)) ++arena_->surprises;
  }

 private:
  void watch_too(AnyRef ref) {
    if (book_.watch(ref)) watch(ref);
  }

  Arena* arena_;
  unsigned depth_;
  WatchBook book_;
  std::atomic<bool> inside_{false};
};

/// Lives to the end, so that its watches can be counted.
class Watcher : public Actor {
 public:
  using Protocol = Accepts<Watch, Unwatch, Outstanding>;
  explicit Watcher(Arena* arena) : arena_(arena) { ++arena_->instances; }
  ~Watcher() override { --arena_->instances; }
  void on(Watch order) {
    watch(order.target);
    if (book_.watch(order.target)) ++arena_->watches;
  }
  void on(Unwatch order) {
    unwatch(order.target);
    if (book_.unwatch(order.target)) ++arena_->unwatches;
  }
  unsigned on(Outstanding) const { return static_cast<unsigned>(book_.size()); }
  void on(Terminated gone) {
    ++arena_->ends;
    if (!book_.unwatch(gone.ref)) ++arena_->surprises;
  }

 private:
  Arena* arena_;
  WatchBook book_;
};

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
    switch (arena_.random.below(24)) {
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
      default: return ref.tell(Work{4});
    }
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
    for (const std::string& path : report.held_up_by) ADD_FAILURE() << path << " did not end";
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
  const unsigned rounds = stress::rounds(40, 100);
  for (unsigned i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("round " + std::to_string(i));
    Round(seeds.next()).run(orderly);
  }
}

TEST(RuntimeStress, BalancesTheBooksAndTellsOfEachEndOnce) { run_rounds(true); }

TEST(RuntimeStress, ShutsDownInTheMiddleOfItAll) { run_rounds(false); }

}  // namespace
}  // namespace troupe
