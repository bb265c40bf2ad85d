// Refs that are copied, used and dropped by many threads while what they lead to is forgotten.
#include <gtest/gtest.h>
#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <troupe/actor/ports/remote_target.hpp>
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

constexpr std::size_t places = 40;
constexpr std::size_t users = 3;

/// Takes the place of the one that is read meanwhile by another thread.
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

TEST(Forgetting, LeavesRefsSafeThatOtherThreadsUseMeanwhile) {
  const auto world = std::make_shared<troupe::testkit::SteppedWorld>(
      std::make_shared<troupe::testkit::ManualClock>());
  SimulatedNetwork network(world);
  SimulatedNode node(network, 1, {"node", "10.0.0.1", 7001},
                     {.paths_kept = 0, .peers_max = 5, .forget_after = 1s, .down_after = 2s});
  SimulatedNode there(network, 2, {"there", "10.0.0.2", 7001});
  troupe::wire::RefPort* const port =
      node.transport.select({there.transport.self().address, "/user/a"})->remote()->ref_port();
  SharedRefs refs;
  std::atomic<bool> is_over{false};
  std::atomic<std::uint64_t> told{0};

  std::vector<std::jthread> threads;
  for (std::size_t user = 0; user < users; ++user) {
    threads.emplace_back([&, user] {
      for (std::size_t i = user; !is_over.load(); i += 7) {
        const std::size_t place = i % places;
        if (i % 5 == 0) {
          const bool anybody = place % 4 == 0;
          const auto selected = node.transport.select(
              {anybody ? there.transport.self().address
                       : troupe::NodeAddress{"nobody" + std::to_string(place), "10.9.0.1", 7001},
               "/user/a" + std::to_string(i % 1'000)});
          if (selected.ok()) refs.put(place, *selected);
        }
        if (i % 5 == 1) {
          troupe::wire::Writer writer;
          writer.write_array_header(2);
          writer.write_string("invented" + std::to_string(i % 100) + "@10.9.0.1:7001#1");
          writer.write_uint(i);
          const auto named = troupe::wire::decode<AnyRef>(writer.bytes(), port);
          if (named.ok()) refs.put(place, *named);
        }
        const AnyRef copied = refs.at(place);
        if (!copied) continue;
        copied.tell(Note{});
        static_cast<void>(copied.path());
        told.fetch_add(1);
        if (i % 64 == 0) std::this_thread::yield();
      }
    });
  }
  for (int step = 0; step < 2'000 || told.load() < 2'000; ++step) world->run_for(50ms);
  is_over.store(true);
  threads.clear();
  world->run_for(10min);

  const auto counts = node.transport.counts();
  EXPECT_GT(counts.links_forgotten, 10U);
  EXPECT_GT(counts.paths_forgotten, 10U);
  EXPECT_GT(counts.named_lives_forgotten, 10U);
  EXPECT_EQ(counts.paths_now, 0U);
  EXPECT_EQ(counts.in_flight, 0U);
  std::uint64_t dropped = 0;
  for (const std::uint64_t one : counts.dropped_out) dropped += one;
  EXPECT_EQ(counts.sent, counts.delivered + dropped);
  EXPECT_EQ(counts.sent, told.load());
}

}  // namespace
