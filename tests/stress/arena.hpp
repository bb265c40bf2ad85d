// What a round of the stress of the runtime shares: its refs and counts, the messages, the
// failures, and the books that actors keep.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <stdexcept>
#include <troupe/actor/actor_system.hpp>
#include <vector>

namespace troupe::stress {

using namespace std::chrono_literals;

inline constexpr unsigned slot_count = 24;

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

[[noreturn]] inline void fail(unsigned how) {
  switch (how % 5) {
    case 0: throw ResumeMe("resume me");
    case 1: throw StopMe("stop me");
    case 2: throw EscalateMe("escalate me");
    case 3: throw 5;
    default: throw std::runtime_error("restart me");
  }
}

inline SupervisorStrategy mixed_strategy(SupervisionScope scope) {
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

}  // namespace troupe::stress
