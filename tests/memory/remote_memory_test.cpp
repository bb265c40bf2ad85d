// A node without memory: what is sent to another node is refused and counted, and the link goes on.
#include <gtest/gtest.h>

#include <new>
#include <optional>
#include <string>
#include <troupe/troupe.hpp>
#include <vector>

#include "../transport/simulated_nodes.hpp"
#include "allocations.hpp"

namespace troupe::transport {
namespace {

using namespace std::chrono_literals;

/// What is sent while memory ends.
struct Letter {
  std::string text;
  std::vector<AnyRef> refs;
  int number = 0;
};
struct Question {
  using Reply = int;
  int number = 0;
};

class Reader : public Actor {
 public:
  using Protocol = Accepts<Letter, Question>;
  void on(const Letter& letter) { letters.push_back(letter.number); }
  int on(Question question) { return question.number; }

  static inline std::vector<int> letters;
};

/// No message allocates as often.
constexpr std::size_t allocations_max = 60;

/// What is sent, and when.
struct Sending {
  std::size_t bytes;
  bool is_open;  ///< The link.
};

class RemoteWithoutMemory : public testing::TestWithParam<Sending> {
 protected:
  RemoteWithoutMemory() {
    Reader::letters.clear();
    there.system.spawn<Reader>("reader");
    for (std::size_t i = 0; i < allocations_max; ++i) {
      named.emplace_back(here.system.spawn<Reader>("reader" + std::to_string(i)));
    }
    if (GetParam().is_open) {
      EXPECT_EQ(reader.ask<Question>({7}, 1s).get().value(), 7);
    }
  }

  /// Tells with so many allocations. Whether the message was accepted.
  bool tell(std::size_t allocations) {
    Letter letter{
        std::string(GetParam().bytes, 'x'), {named[allocations]}, static_cast<int>(allocations)};
    const std::uint64_t before = refused();
    {
      const Allocations few(allocations);
      reader.tell(std::move(letter));
    }
    return refused() == before;
  }
  /// Asks with so many allocations.
  std::optional<Result<int>> ask(std::size_t allocations) {
    std::optional<Future<int>> answer;
    try {
      const Allocations few(allocations);
      answer.emplace(reader.ask<Question>({7}, 1s));
    } catch (const std::bad_alloc&) {
      return std::nullopt;
    }
    return answer->get();
  }
  [[nodiscard]] std::uint64_t refused() const {
    return here.transport.counts().dropped_out[static_cast<std::size_t>(ErrorCode::limit_reached)];
  }

  std::shared_ptr<testkit::SteppedWorld> world =
      std::make_shared<testkit::SteppedWorld>(std::make_shared<testkit::ManualClock>());
  SimulatedNetwork network{world};
  SimulatedNode here{network, 1, {"here", "10.0.0.1", 7001}};
  SimulatedNode there{network, 2, {"there", "10.0.0.2", 7001}};
  ActorRef<Reader::Protocol> reader = here.select<Reader::Protocol>(there, "/user/reader");
  std::vector<AnyRef> named;
};

TEST_P(RemoteWithoutMemory, AMessageArrivesOrIsRefusedAndCounted) {
  std::vector<int> accepted;
  for (std::size_t allocations = 0; allocations < allocations_max; ++allocations) {
    if (tell(allocations)) accepted.push_back(static_cast<int>(allocations));
    if (GetParam().is_open) world->run_for(5ms);
  }
  world->run_for(5s);
  EXPECT_EQ(Reader::letters, accepted);
  EXPECT_GE(refused(), 2U);
  EXPECT_EQ(accepted.back(), static_cast<int>(allocations_max) - 1);
  const TransportCounts counts = here.transport.counts();
  EXPECT_EQ(counts.sent, counts.delivered + refused());
}

TEST_P(RemoteWithoutMemory, AnAskIsAnsweredOrRefused) {
  EXPECT_EQ(reader.ask<Question>({7}, 1s).get().value(), 7);
  int answered = 0;
  for (std::size_t allocations = 0; allocations < allocations_max; ++allocations) {
    const std::uint64_t before = refused();
    const auto answer = ask(allocations);
    if (!answer) continue;  // Not even the future could be made.
    EXPECT_EQ(answer->ok(), refused() == before);
    if (answer->ok()) ++answered;
  }
  EXPECT_GE(answered, 1);
}

INSTANTIATE_TEST_SUITE_P(, RemoteWithoutMemory,
                         testing::Values(Sending{10, true}, Sending{400'000, true},
                                         Sending{10, false}, Sending{400'000, false}),
                         [](const auto& test) {
                           return std::string(test.param.bytes > 1'000 ? "Large" : "Small") +
                                  (test.param.is_open ? "OnAnOpenLink" : "OnALinkThatOpens");
                         });

}  // namespace
}  // namespace troupe::transport
