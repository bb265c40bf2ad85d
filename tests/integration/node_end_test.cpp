// A node's end by its deadline, whatever comes and goes meanwhile.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <troupe/troupe.hpp>
#include <vector>

#include "raw_socket.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::AnyRef;

struct Note {
  int number;
};

class Sink : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Note>;
  explicit Sink(std::atomic<int>* got) : got_(got) {}
  void on(Note) { ++*got_; }

 private:
  std::atomic<int>* got_;
};

/// Says goodbye to a peer when it stops.
class Polite : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<>;
  explicit Polite(AnyRef peer) : peer_(peer) {}
  void on_stop() override { peer_.tell(Note{-1}); }

 private:
  AnyRef peer_;
};

troupe::NodeSettings settings(const char* name) {
  return {.name = name, .listen = "127.0.0.1:0", .system = {.workers = 1, .shutdown_timeout = 5s}};
}

TEST(NodeEnd, ComesByItsDeadlineWhileConnectionsChurn) {
  auto node = std::make_unique<troupe::Node>(settings("node"));
  const std::uint16_t port = node->address().port;
  std::atomic<bool> done{false};
  std::atomic<int> connections{0};
  std::vector<std::thread> strangers;
  for (int i = 0; i < 4; ++i) {
    strangers.emplace_back([&] {
      while (!done) {
        RawSocket one(port);
        one.send("x");
        ++connections;
      }
    });
  }
  // Links that come and go as well.
  for (std::uint16_t to = 1; to < 20; ++to) {
    node->select<Sink::Protocol>("troupe://n@127.0.0.1:" + std::to_string(to) + "/user/sink")
        .tell(Note{1});
  }
  while (connections < 1'000) std::this_thread::yield();

  const auto begun = std::chrono::steady_clock::now();
  static_cast<void>(node->shutdown());
  node.reset();
  const auto took = std::chrono::steady_clock::now() - begun;
  done = true;
  for (std::thread& stranger : strangers) stranger.join();

  EXPECT_LE(took, 6s);
}

TEST(NodeEnd, LetsActorsTellOthersThatTheyStop) {
  std::atomic<int> got{0};
  troupe::Node there(settings("there"));
  there.spawn<Sink>("sink", &got);
  troupe::Node node(settings("node"));
  const auto sink =
      node.select<Sink::Protocol>("troupe://" + there.address().to_string() + "/user/sink");
  for (int i = 0; i < 10; ++i) node.spawn<Polite>({}, sink);

  const auto report = node.shutdown();

  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.unsent, 0U);
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (got < 10 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(got, 10);
}

TEST(NodeEnd, SaysWhatWasLeftUnsent) {
  troupe::Node node(settings("node"));
  // A listener that never answers: its connections are accepted by the kernel alone.
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto sink = node.select<Sink::Protocol>(
      "troupe://n@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/user/sink");
  for (int i = 0; i < 100; ++i) sink.tell(Note{i});

  const auto begun = std::chrono::steady_clock::now();
  const auto report = node.shutdown();

  EXPECT_EQ(report.unsent, 100U);
  EXPECT_LE(std::chrono::steady_clock::now() - begun, 5s);
  EXPECT_EQ(node.link_counts().dropped(troupe::ErrorCode::shutdown), 100U);
  ::close(listener);
}

}  // namespace
