// Workloads that a second worker could make slower, because what it takes over has to move to its
// core: pipeline, outside_tell and spawn_and_end.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

using namespace troupe;

constexpr long pipeline_values = 100'000;
constexpr unsigned pipeline_stages = 60;
constexpr unsigned value_bits = 30;
constexpr long outside_messages = 3'000'000;
constexpr std::size_t outside_targets = 60;
constexpr long ended_actors = 400'000;

// --- pipeline: a radix sort of actors. Each keeps the values whose bit is set, about half, and
// passes the others on; at the end those that it has kept. ---

struct Value {
  std::uint32_t number = 0;
};
struct End {};

class Stage : public Actor {
 public:
  using Protocol = Accepts<Value, End>;
  Stage(AnyRef next, unsigned bit) : next_(next), bit_(bit) {}
  void on(Value value) {
    if ((value.number >> bit_ & 1U) != 0) {
      kept_.push_back(value);
    } else {
      next_.tell(value);
    }
  }
  void on(End end) {
    for (const Value value : kept_) next_.tell(value);
    kept_.clear();
    next_.tell(end);
  }

 private:
  AnyRef next_;
  unsigned bit_;
  std::vector<Value> kept_;
};

struct CountSorted {
  using Reply = long;
};

class Sorted : public Actor {
 public:
  using Protocol = Accepts<Value, End, CountSorted>;
  void on(Value) { ++count_; }
  void on(End) { done_->set(count_); }
  Later<long> on(CountSorted) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    return later;
  }

 private:
  long count_ = 0;
  std::optional<ReplyTo<long>> done_;
};

struct SendValues {};

class Source : public Actor {
 public:
  using Protocol = Accepts<SendValues>;
  explicit Source(AnyRef first) : first_(first) {}
  void on(SendValues) {
    std::uint32_t number = 1;
    for (long i = 0; i < pipeline_values; ++i) {
      number = number * 1'664'525U + 1'013'904'223U;
      first_.tell(Value{number >> 2});
    }
    first_.tell(End{});
  }

 private:
  AnyRef first_;
};

// --- outside_tell ---

struct Item {};
struct CountItems {
  using Reply = long;
};

class Target : public Actor {
 public:
  using Protocol = Accepts<Item, CountItems>;
  void on(Item) { ++count_; }
  long on(CountItems) const { return count_; }

 private:
  long count_ = 0;
};

/// Messages a second, from so many threads that are no workers, to all targets in turn.
double tell_from_outside(ActorSystem& system, std::size_t threads) {
  std::vector<ActorRef<Target::Protocol>> targets;
  for (std::size_t i = 0; i < outside_targets; ++i) targets.push_back(system.spawn<Target>());
  const long each = outside_messages / static_cast<long>(threads);
  const Stopwatch watch;
  {
    std::vector<std::jthread> outside;
    for (std::size_t i = 0; i < threads; ++i) {
      outside.emplace_back([&] {
        for (long n = 0; n < each; ++n) {
          targets[static_cast<std::size_t>(n) % outside_targets].tell(Item{});
        }
      });
    }
  }
  long counted = 0;
  for (const auto& target : targets) counted += run(target, CountItems{});
  const double seconds = watch.seconds();
  must_equal("messages", each * static_cast<long>(threads), counted);
  return static_cast<double>(counted) / seconds;
}

// --- spawn_and_end ---

struct Once {
  AnyRef from;
};
struct Ended {};
struct EndAll {
  using Reply = long;
};
struct EndSome {};

class OfOneMessage : public Actor {
 public:
  using Protocol = Accepts<Once>;
  static constexpr StopPolicy stop_policy = after_one_message();
  void on(Once once) { once.from.tell(Ended{}); }
};

class Ender : public Actor {
 public:
  using Protocol = Accepts<EndAll, EndSome, Ended>;
  Later<long> on(EndAll) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    self().tell(EndSome{});
    return later;
  }
  void on(EndSome) {
    for (long i = 0; i < burst && spawned_ < ended_actors; ++i, ++spawned_) {
      spawn<OfOneMessage>().tell(Once{self()});
    }
    if (spawned_ < ended_actors) self().tell(EndSome{});
  }
  void on(Ended) {
    if (++ended_ == ended_actors) done_->set(ended_);
  }

 private:
  std::optional<ReplyTo<long>> done_;
  long spawned_ = 0;
  long ended_ = 0;
};

}  // namespace

double pipeline(ActorSystem& system) {
  const auto sorted = system.spawn<Sorted>("sorted");
  AnyRef next = sorted;
  for (unsigned i = pipeline_stages; i > 0; --i) {
    next = system.spawn<Stage>({}, next, (i - 1) % value_bits);
  }
  auto counted = sorted.ask(CountSorted{}, std::chrono::minutes(2));
  const auto source = system.spawn<Source>("source", next);
  const Stopwatch watch;
  source.tell(SendValues{});
  const long count = counted.get().value();
  const double seconds = watch.seconds();
  must_equal("values", pipeline_values, count);
  return static_cast<double>(pipeline_values * pipeline_stages) / seconds;
}

double outside_tell(ActorSystem& system) { return tell_from_outside(system, 1); }
double outside_tell_2(ActorSystem& system) { return tell_from_outside(system, 2); }
double outside_tell_4(ActorSystem& system) { return tell_from_outside(system, 4); }

double spawn_and_end(ActorSystem& system) {
  const auto ender = system.spawn<Ender>("ender");
  const Stopwatch watch;
  const long ended = run(ender, EndAll{});
  const double seconds = watch.seconds();
  must_equal("actors", ended_actors, ended);
  return static_cast<double>(ended) / seconds;
}

}  // namespace bench
