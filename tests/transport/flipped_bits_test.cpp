// One bit of what travels is another: TCP's checksums, and the network's own, see nearly all of
// that, and frames have none. Whatever the bit says, nodes go on, and what is lost is counted.
#include <gtest/gtest.h>
#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "simulated_nodes.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

struct Note {
  int number = 0;
};
struct Question {
  using Reply = int;
};
struct Introduction {
  AnyRef whom;
};

class Clerk : public Actor {
 public:
  using Protocol = Accepts<Note, Question, Introduction>;
  explicit Clerk(int* count) : count_(count) {}
  void on(Note) { ++*count_; }
  int on(Question) { return ++*count_; }
  void on(const Introduction& one) {
    ++*count_;
    one.whom.tell(Note{7});
  }

 private:
  int* count_;
};

class Watcher : public Actor {
 public:
  using Protocol = Accepts<>;
  Watcher(AnyRef whom, int* ends) : ends_(ends) { watch(whom); }
  void on(const Terminated&) { ++*ends_; }

 private:
  int* ends_;
};

constexpr Duration down_after = 5s;
const TransportSettings settings{.heartbeat_interval = 1s, .down_after = down_after};

/// A session between two nodes, from the first frame to after the end of the second node.
class Session {
 public:
  void run() {
    second_->system.spawn<Clerk>("clerk", &got);
    const auto sink = first_.system.spawn<Clerk>("sink", &answered);
    const auto clerk = first_.select<Clerk::Protocol>(*second_, "/user/clerk");
    first_.system.spawn<Watcher>("watcher", AnyRef(clerk), &ends);
    clerk.tell(Note{1});
    clerk.tell(Note{2});
    clerk.tell(Introduction{AnyRef(sink)});
    auto answer = clerk.ask(Question{}, 3s);
    world_->run_for(2'500ms);
    network_.tamper = nullptr;
    world_->run_for(1s);
    has_answer = answer.is_ready();
    counts_there = second_->transport.counts();
    second_.reset();
    // Until a link is declared down that was lost, gated and dialled meanwhile.
    world_->run_for(4 * down_after);
    counts = first_.transport.counts();
  }

  void tamper(std::function<void(std::vector<std::byte>&)> with) {
    network_.tamper = std::move(with);
  }

  int got = 0;       // By the actor on the second node.
  int answered = 0;  // By the one on the first.
  int ends = 0;
  bool has_answer = false;
  TransportCounts counts;
  TransportCounts counts_there;

 private:
  std::shared_ptr<testkit::SteppedWorld> world_ =
      std::make_shared<testkit::SteppedWorld>(std::make_shared<testkit::ManualClock>());
  SimulatedNetwork network_{world_};
  SimulatedNode first_{network_, 1, {"first", "10.0.0.1", 7001}, settings};
  std::optional<SimulatedNode> second_{std::in_place, network_, 2,
                                       NodeAddress{"second", "10.0.0.2", 7001}, settings};
};

std::uint64_t sum(const std::array<std::uint64_t, error_code_count>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

/// All that tells of something that was not as it should be.
std::uint64_t signs(const TransportCounts& counts) {
  return sum(counts.dropped_out) + sum(counts.refused_in) + counts.missed + counts.unknown_kinds +
         counts.late_frames + counts.late_replies + counts.connections_ended + counts.lives_ended +
         counts.name_clashes + counts.signals_passed_over;
}

void expect_all_is_accounted_for(const Session& session) {
  EXPECT_TRUE(session.has_answer);
  EXPECT_EQ(session.ends, 1);
  EXPECT_EQ(session.counts.in_flight, 0U);
  EXPECT_EQ(session.counts.sent, session.counts.delivered + sum(session.counts.dropped_out));
  if (session.got < 4) {
    EXPECT_GT(signs(session.counts) + signs(session.counts_there), 0U);
  }
}

/// Every bit, or one in eleven, of all positions in their bytes, where a sanitizer watches each
/// step.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t stride = 11;
#else
constexpr std::size_t stride = 1;
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t stride = 11;
#else
constexpr std::size_t stride = 1;
#endif

TEST(FlippedBits, LeaveNodesAliveAndNothingUncounted) {
  std::vector<std::size_t> sizes;
  {
    Session session;
    session.tamper([&](std::vector<std::byte>& frame) { sizes.push_back(frame.size()); });
    session.run();
    ASSERT_EQ(session.got, 4);
    ASSERT_EQ(session.answered, 1);
    expect_all_is_accounted_for(session);
  }
  for (std::size_t frame = 0; frame < sizes.size(); ++frame) {
    for (std::size_t bit = 0; bit < 8 * sizes[frame]; bit += stride) {
      Session session;
      std::size_t at = 0;
      session.tamper([&](std::vector<std::byte>& bytes) {
        if (at++ == frame && bit / 8 < bytes.size()) bytes[bit / 8] ^= std::byte{1} << (bit % 8);
      });
      session.run();
      expect_all_is_accounted_for(session);
      ASSERT_FALSE(testing::Test::HasFailure()) << "frame " << frame << ", bit " << bit;
    }
  }
}

}  // namespace
}  // namespace troupe::transport
