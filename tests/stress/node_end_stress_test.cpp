// Races every call that a ref to another node has against the end of its own node. A codec that
// takes its time widens the window between the look at the link and the use of what belongs to it.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <troupe/troupe.hpp>
#include <troupe/wire/msgpack.hpp>
#include <vector>

#include "stress.hpp"

namespace troupe {
namespace {

using namespace std::chrono_literals;

/// Is being written while the node ends.
struct Slow {
  using Reply = int;
  int number = 0;

  template <class Packer>
  void msgpack_pack(Packer& packer) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(number);
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    packer.pack(number);
  }
  void msgpack_unpack(const msgpack::object& object) { object.convert(number); }
  template <class Object>
  void msgpack_object(Object* object, msgpack::zone& zone) const {
    *object = msgpack::object(number, zone);
  }
};

struct Note {
  int number;
};

class Sink : public Actor {
 public:
  using Protocol = Accepts<Slow, Note>;
  int on(const Slow& slow) { return slow.number; }
  void on(Note) {}
};

NodeSettings settings(const char* name) {
  return {.name = name, .listen = "127.0.0.1:0", .system = {.workers = 1, .shutdown_timeout = 5s}};
}

TEST(NodeEndStress, NoCallOfAnyThreadTouchesWhatIsGone) {
  Node there(settings("there"));
  there.spawn<Sink>("sink");
  const std::string path = "troupe://" + there.address().to_string() + "/user/sink";
  const int rounds = 30;
  std::atomic<int> answered{0};
  for (int round = 0; round < rounds; ++round) {
    auto node = std::make_unique<Node>(settings("here"));
    const auto sink = node->select<Sink::Protocol>(path);
    const auto nobody = node->select<Sink::Protocol>("troupe://nobody@127.0.0.1:1/user/sink");
    std::atomic<bool> ended{false};
    std::vector<std::thread> callers;
    for (const auto& ref : {sink, nobody}) {
      callers.emplace_back([&, ref] {  // Until some calls after the end.
        for (int after = 0; after < 5; after += ended ? 1 : 0) {
          static_cast<void>(ref.ask(Slow{round % 10}, 1s).get());
          ++answered;
        }
      });
      callers.emplace_back([&, ref] {
        for (int after = 0; after < 5; after += ended ? 1 : 0) {
          ref.tell(Slow{1});
          static_cast<void>(ref.try_tell(Note{1}));
          static_cast<void>(ref.path());
        }
      });
    }
    std::this_thread::yield();
    while (answered.load() < 4 * round) std::this_thread::yield();
    node.reset();
    ended = true;
    for (std::thread& caller : callers) caller.join();
  }
  EXPECT_GE(answered.load(), rounds);
}

TEST(NodeEndStress, AShutdownBySeveralThreadsIsOneAndItsCountersStay) {
  Node there(settings("there"));
  there.spawn<Sink>("sink");
  const std::string path = "troupe://" + there.address().to_string() + "/user/sink";
  for (int round = 0; round < 10; ++round) {
    Node node(settings("here"));
    const auto sink = node.select<Sink::Protocol>(path);
    for (int i = 0; i < 200; ++i) sink.tell(Note{i});
    std::array<ShutdownReport, 3> reports;
    std::vector<std::thread> enders;
    for (ShutdownReport& report : reports) {
      enders.emplace_back([&] { report = node.shutdown(); });
    }
    for (std::thread& ender : enders) ender.join();

    for (const ShutdownReport& report : reports) EXPECT_EQ(report.unsent, 0U);
    EXPECT_EQ(node.link_counts().sent, 200U);
    EXPECT_EQ(node.link_counts().dropped(ErrorCode::shutdown), 0U);
  }
  const auto until = std::chrono::steady_clock::now() + 30s;
  while (there.link_counts().tells_received < 2'000 && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  EXPECT_EQ(there.link_counts().tells_received, 2'000U);
}

}  // namespace
}  // namespace troupe
