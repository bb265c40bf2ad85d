// The workloads of many actors: spawn, idle_bytes and skynet.

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <troupe/troupe.hpp>
#include <utility>
#include <vector>

#include "measurement.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

using namespace troupe;

constexpr long spawned = 1'000'000;
constexpr long idle_actors = 1'000'000;
constexpr long skynet_leaves = 1'000'000;

// --- spawn ---

struct Greeting {
  AnyRef from;
};
struct Greeted {};
struct SpawnAll {
  using Reply = long;
  long actors = 0;
};

struct SpawnSome {};

class Greeter : public Actor {
 public:
  using Protocol = Accepts<Greeting>;
  void on(Greeting greeting) {
    greeting.from.tell(Greeted{});
    stop();
  }
};

class Spawner : public Actor {
 public:
  using Protocol = Accepts<SpawnAll, SpawnSome, Greeted>;
  Later<long> on(SpawnAll order) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    left_ = order.actors;
    waiting_for_ = order.actors;
    self().tell(SpawnSome{});
    return later;
  }
  void on(SpawnSome) {
    for (long i = 0; i < burst && left_ > 0; ++i, --left_) spawn<Greeter>().tell(Greeting{self()});
    if (left_ > 0) self().tell(SpawnSome{});
  }
  void on(Greeted) {
    ++greeted_;
    if (greeted_ == waiting_for_) done_->set(greeted_);
  }

 private:
  long left_ = 0;
  long waiting_for_ = 0;
  long greeted_ = 0;
  std::optional<ReplyTo<long>> done_;
};

// --- idle_bytes ---

long resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::atol(line.c_str() + std::strlen("VmRSS:")) * 1024;
  }
  fail("no VmRSS in /proc/self/status");
}

struct Item {};
struct Count {
  using Reply = long;
};

class Idler : public Actor {
 public:
  using Protocol = Accepts<Item, Count>;
  void on(Item) { ++count_; }
  long on(Count) const { return count_; }

 private:
  long count_ = 0;
};

// --- skynet ---

struct Sum {
  long value = 0;
};
struct Grow {
  AnyRef parent;
  long first = 0;
  long leaves = 0;
};
struct Skynet {
  using Reply = long;
  long leaves = 0;
};

class SkynetNode : public Actor {
 public:
  using Protocol = Accepts<Grow, Sum>;
  void on(Grow order) {
    parent_ = order.parent;
    if (order.leaves == 1) return finish(order.first);
    const long share = order.leaves / 10;
    for (long i = 0; i < 10; ++i) {
      spawn<SkynetNode>().tell(Grow{self(), order.first + i * share, share});
    }
  }
  void on(Sum sum) {
    sum_ += sum.value;
    if (++summed_ == 10) finish(sum_);
  }

 private:
  void finish(long sum) {
    parent_.tell(Sum{sum});
    stop();
  }

  AnyRef parent_;
  long sum_ = 0;
  int summed_ = 0;
};

class SkynetRoot : public Actor {
 public:
  using Protocol = Accepts<Skynet, Sum>;
  Later<long> on(Skynet order) {
    auto [reply, later] = defer<long>();
    done_.emplace(std::move(reply));
    spawn<SkynetNode>().tell(Grow{self(), 0, order.leaves});
    return later;
  }
  void on(Sum sum) { done_->set(sum.value); }

 private:
  std::optional<ReplyTo<long>> done_;
};

}  // namespace

double spawn_and_answer(ActorSystem& system) {
  auto spawner = system.spawn<Spawner>("spawner");
  const Stopwatch watch;
  const long greeted = run(spawner, SpawnAll{spawned});
  const double seconds = watch.seconds();
  must_equal("answers", spawned, greeted);
  return static_cast<double>(spawned) / seconds;
}

double idle_bytes(ActorSystem& system) {
  std::vector<ActorRef<Idler::Protocol>> idlers;
  idlers.resize(idle_actors);
  const long before = resident_bytes();
  for (auto& idler : idlers) idler = system.spawn<Idler>();
  const long after = resident_bytes();
  for (const auto& idler : idlers) idler.tell(Item{});
  must_equal("answer of the last", 1, run(idlers.back(), Count{}));
  return static_cast<double>(after - before) / static_cast<double>(idle_actors);
}

double skynet(ActorSystem& system) {
  auto root = system.spawn<SkynetRoot>("root");
  const Stopwatch watch;
  const long sum = run(root, Skynet{skynet_leaves});
  const double seconds = watch.seconds();
  must_equal("sum", skynet_leaves * (skynet_leaves - 1) / 2, sum);
  return seconds;
}

}  // namespace bench
