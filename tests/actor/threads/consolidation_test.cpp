// Tests of the consolidation of actors on fewer workers. Threads and real time are the point here;
// each wait has a deadline that only a hang reaches.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/runtime/scheduler_threaded.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

template <class Condition>
bool comes_true(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(Consolidation, PaysWhereAWorkerDoesLittleButSendToOthers) {
  EXPECT_FALSE(runtime::should_consolidate(0, 500us));
  EXPECT_FALSE(runtime::should_consolidate(3'125, 500us));  // 160 ns each.
  EXPECT_TRUE(runtime::should_consolidate(3'126, 500us));
}

struct Spin {};

/// Where each actor ran last, by the number of the worker, and whether they take their time.
struct Places {
  std::array<std::atomic<unsigned>, 4> workers{};
  std::atomic<bool> slow{true};

  [[nodiscard]] bool all_at(unsigned worker) const {
    return std::ranges::all_of(workers, [&](const auto& place) { return place == worker; });
  }
  [[nodiscard]] bool some_at(unsigned worker) const {
    return std::ranges::any_of(workers, [&](const auto& place) { return place == worker; });
  }
};

/// Is never without a message.
class Spinner : public Actor {
 public:
  using Protocol = Accepts<Spin>;
  Spinner(Places* places, std::size_t number) : places_(places), number_(number) {}
  void on(Spin) {
    places_->workers[number_] = runtime::this_thread.worker_number;
    const auto end = std::chrono::steady_clock::now() + 10us;
    while (places_->slow && std::chrono::steady_clock::now() < end) {
    }
    self<Protocol>().tell(Spin{});
  }

 private:
  Places* places_;
  std::size_t number_;
};

TEST(Consolidation, LeavesAWorkerWithoutActors) {
  Places places;
  ActorSystem system("gathered", {.workers = 2}, real_platform(LogLevel::off));
  auto& scheduler = static_cast<runtime::ThreadedScheduler&>(*system.core().scheduler);
  for (std::size_t i = 0; i < places.workers.size(); ++i) {
    system.spawn<Spinner>("", &places, i).tell(Spin{});
  }
  ASSERT_TRUE(comes_true([&] { return places.some_at(1) && places.some_at(2); }));

  places.slow = false;

  EXPECT_TRUE(comes_true([&] {
    scheduler.consolidate_from(0);
    return places.all_at(2);
  }));
}

}  // namespace
}  // namespace troupe
