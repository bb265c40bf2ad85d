// The actors of the stress of the runtime: players do to each other whatever actors can do,
// watchers live to the end.
#pragma once

#include <atomic>
#include <stdexcept>
#include <troupe/actor/actor_system.hpp>

#include "arena.hpp"

namespace troupe::stress {

using namespace std::chrono_literals;

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
  void on_start() {
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
        .backoff({.initial = arena_->random.below(2) == 0 ? 0us : 300us});
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
    if (!book_.unwatch(gone.ref) && !has_predecessor_) ++arena_->surprises;
  }
  /// What its predecessor had watched may be in the mailbox.
  void after_restart(const Error& /*error*/) override { has_predecessor_ = true; }

 private:
  void watch_too(AnyRef ref) {
    if (book_.watch(ref)) watch(ref);
  }

  Arena* arena_;
  unsigned depth_;
  bool has_predecessor_ = false;
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

}  // namespace troupe::stress
