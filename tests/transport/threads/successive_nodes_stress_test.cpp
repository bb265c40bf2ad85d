// Refs to nodes that have ended are used by many threads while others take over their memory.
#include <gtest/gtest.h>
#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <troupe/actor/ref_codec.hpp>
#include <vector>

#include "simulated_nodes.hpp"

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::AnyRef;

struct Note {
  int number = 0;
};
struct WhoIsThere {
  using Reply = AnyRef;
};

class Clerk : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note, WhoIsThere>;
  void on(Note) {}
  AnyRef on(WhoIsThere) { return AnyRef(self()); }
};

constexpr std::size_t places = 16;
constexpr std::size_t users = 3;

class SharedRefs {
 public:
  [[nodiscard]] AnyRef at(std::size_t place) {
    const std::lock_guard lock(mutex_);
    return refs_[place];
  }
  void put(std::size_t place, AnyRef ref) {
    const std::lock_guard lock(mutex_);
    refs_[place] = ref;
  }

 private:
  std::mutex mutex_;
  std::array<AnyRef, places> refs_;
};

// Virtual time stands still while there is something to receive, so that users who never paused
// could hold a round for as long as they tell more than it reads.
constexpr int uses_per_round = 50;

TEST(SuccessiveNodesStress, LeaveRefsSafeThatOtherThreadsUseMeanwhile) {
  SharedRefs refs;
  std::atomic<std::uint64_t> round{0};
  constexpr std::uint64_t over = ~std::uint64_t{0};
  std::atomic<std::uint64_t> told{0};
  std::vector<std::jthread> threads;
  for (std::size_t user = 0; user < users; ++user) {
    threads.emplace_back([&, user] {
      std::size_t i = user;
      for (std::uint64_t seen = 0; seen != over; round.wait(seen), seen = round.load()) {
        for (int use = 0; use < uses_per_round; ++use, i += 7) {
          const AnyRef ref = refs.at(i % places);
          if (!ref) continue;
          static_cast<void>(ref.try_tell(Note{}));
          ref.tell(Note{});
          static_cast<void>(ref.path());
          told.fetch_add(1);
        }
      }
    });
  }
  for (std::uint64_t i = 1; i <= 300 || told.load() < 10'000; ++i) {
    const auto world = std::make_shared<troupe::testkit::SteppedWorld>(
        std::make_shared<troupe::testkit::ManualClock>());
    SimulatedNetwork network(world);
    SimulatedNode first(network, 2 * i, {"first", "10.0.0.1", 7001});
    SimulatedNode second(network, 2 * i + 1, {"second", "10.0.0.2", 7001});
    second.system.spawn<Clerk>("clerk");
    const auto by_path = first.select<Clerk::Protocol>(second, "/user/clerk");
    refs.put(2 * i % places, AnyRef(by_path));
    round.store(i);
    round.notify_all();
    const auto by_id = by_path.ask(WhoIsThere{}, 1s).get();
    if (by_id.ok()) refs.put((2 * i + 1) % places, *by_id);
    world->run_for(100ms);
  }
  round.store(over);
  round.notify_all();
}

}  // namespace
