// Nodes that come and go in one process leave nothing behind, however many there were.
#include <gtest/gtest.h>
#include <malloc.h>
#include <algorithm>
#include <optional>
#include <string>
#include <troupe/actor/ref_codec.hpp>
#include <troupe/transport/link/never_destroyed.hpp>
#include <vector>

#include "nodes_fixture.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

struct Note {
  int number = 0;
};
struct WhoIsThere {
  using Reply = AnyRef;
};

class Clerk : public Actor {
 public:
  using Protocol = Accepts<Note, WhoIsThere>;
  void on(Note) {}
  AnyRef on(WhoIsThere) { return AnyRef(self()); }
};

class Watcher : public Actor {
 public:
  using Protocol = Accepts<>;
  explicit Watcher(AnyRef whom) { watch(whom); }
  void on(const Terminated&) {}
};

std::size_t never_destroyed() {
  std::size_t count = 0;
  for (const NeverDestroyed* one = newest_never_destroyed.load(); one != nullptr; one = one->older)
    ++count;
  return count;
}

/// Two nodes that have to do with each other, and end. Refs to actors of the second, of the first.
std::vector<AnyRef> run_pair(std::uint64_t number) {
  const auto world =
      std::make_shared<testkit::SteppedWorld>(std::make_shared<testkit::ManualClock>());
  SimulatedNetwork network(world);
  const std::string name = std::to_string(number);
  SimulatedNode first(network, 2 * number, {"first" + name, "10.0.0.1", 7001});
  SimulatedNode second(network, 2 * number + 1, {"second" + name, "10.0.0.2", 7001});
  second.system.spawn<Clerk>("clerk");
  const auto by_path = first.select<Clerk::Protocol>(second, "/user/clerk");
  by_path.tell(Note{1});
  const auto by_id = by_path.ask(WhoIsThere{}, 1s).get();
  EXPECT_TRUE(by_id.ok());
  first.system.spawn<Watcher>("watcher", *by_id);
  world->run_for(1s);
  by_path.tell(Note{2});  // Is under way at the end.
  return {AnyRef(by_path), *by_id};
}

TEST(SuccessiveNodes, UseTheMemoryOfThoseBefore) {
  for (std::uint64_t i = 1; i <= 10; ++i) static_cast<void>(run_pair(i));
  const std::size_t before = never_destroyed();

  for (std::uint64_t i = 11; i <= 1'000; ++i) static_cast<void>(run_pair(i));

  EXPECT_EQ(never_destroyed(), before);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !defined(__clang__)
TEST(SuccessiveNodes, LeaveTensOfBytesAtTheMost) {
  for (std::uint64_t i = 1; i <= 100; ++i) static_cast<void>(run_pair(i));
  const std::size_t before = mallinfo2().uordblks;

  constexpr std::size_t pairs = 1'000;
  for (std::uint64_t i = 101; i <= 100 + pairs; ++i) static_cast<void>(run_pair(i));

  const std::size_t after = mallinfo2().uordblks;
  EXPECT_LE(after, before + 64 * pairs);
}
#endif

TEST(SuccessiveNodes, AreNotMeantByRefsOfThoseBefore) {
  const std::vector<AnyRef> former = run_pair(1);

  const auto world =
      std::make_shared<testkit::SteppedWorld>(std::make_shared<testkit::ManualClock>());
  SimulatedNetwork network(world);
  SimulatedNode first(network, 1'000, {"first", "10.0.0.1", 7001});
  SimulatedNode second(network, 1'001, {"second", "10.0.0.2", 7001});
  second.system.spawn<Clerk>("clerk");
  const auto present = first.select<Clerk::Protocol>(second, "/user/clerk");
  const auto by_id = present.ask(WhoIsThere{}, 1s).get();
  ASSERT_TRUE(by_id.ok());
  const auto before = first.transport.counts();
  for (const AnyRef& ref : former) {
    EXPECT_FALSE(ref.try_tell(Note{}).ok());
    ref.tell(Note{});
    EXPECT_FALSE(ActorRef<Clerk::Protocol>(ref).ask(WhoIsThere{}, 1s).get().ok());
    EXPECT_NE(ref.path(), present.path());
    EXPECT_NE(ref.path(), by_id->path());
  }
  world->run_for(1s);

  const auto after = first.transport.counts();
  EXPECT_EQ(after.sent, before.sent);
  EXPECT_EQ(second.system.dead_letters().total(), 0U);
  EXPECT_EQ(first.system.dead_letters().total(), 0U);
}

}  // namespace
}  // namespace troupe::transport
