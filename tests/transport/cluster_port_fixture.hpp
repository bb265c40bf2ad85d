// ClusterPortTest: a test with two nodes, of which each may have a port of its own.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/transport/cluster_port.hpp>
#include <utility>
#include <vector>

#include "nodes_fixture.hpp"

namespace troupe::transport {

using namespace std::chrono_literals;
using observers::Note;
using observers::NoteSink;

inline std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::ranges::transform(text, bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

/// Decides on one life, and writes down what it hears.
class Listener final : public ClusterPort {
 public:
  explicit Listener(std::optional<NodeIdentity> member = {}) : member_(std::move(member)) {}

  [[nodiscard]] bool decides_on(const NodeIdentity& life) override { return life == member_; }
  void on_message(const NodeIdentity& from, std::span<const std::byte> message,
                  TimePoint /*now*/) override {
    senders.push_back(from);
    messages.emplace_back(reinterpret_cast<const char*>(message.data()), message.size());
  }
  void on_report(const PeerReport& report, TimePoint /*now*/) override {
    reports.push_back(report.kind);
  }
  void on_mismatch(const NodeAddress& address, std::string_view reason,
                   TimePoint /*now*/) override {
    mismatches.push_back(address.to_string() + ": " + std::string(reason));
  }
  void advance(TimePoint now) override {
    if (now < at) return;
    at = TimePoint::max();
    if (due) due();
  }
  [[nodiscard]] TimePoint next_deadline() const override { return at; }

  [[nodiscard]] bool has(PeerReport::Kind kind) const {
    return std::ranges::find(reports, kind) != reports.end();
  }

  std::vector<NodeIdentity> senders;
  std::vector<std::string> messages;
  std::vector<PeerReport::Kind> reports;
  std::vector<std::string> mismatches;
  TimePoint at = TimePoint::max();
  std::function<void()> due;

 private:
  const std::optional<NodeIdentity> member_;
};

struct WatchIt {
  AnyRef whom;
};

/// Writes down why those have ended whom it watches.
class Watcher : public Actor {
 public:
  using Protocol = Accepts<WatchIt>;
  explicit Watcher(std::vector<StopReason>* ends) : ends_(ends) {}
  void on(WatchIt order) { watch(order.whom); }
  void on(const Terminated& gone) { ends_->push_back(gone.reason); }

 private:
  std::vector<StopReason>* ends_;
};

class ClusterPortTest : public NodesFixture {
 protected:
  ClusterPortTest() { hub.system.spawn<NoteSink>("sink", &got); }
  ~ClusterPortTest() override {
    hub.transport.attach(nullptr);
    if (red != nullptr) red->transport.attach(nullptr);
  }

  void meet() {
    red->select<NoteSink::Protocol>(hub, "/user/sink").tell(Note{1});
    world->run_for(1s);
    ASSERT_EQ(got, std::vector{1});
  }
  /// On the thread of the links.
  void within(SimulatedNode& node, Listener& port, std::function<void()> act) {
    port.due = std::move(act);
    port.at = world->clock().now();
    node.transport.wake();
    world->run_for(10ms);
  }

  /// Red is another life with these settings.
  void restart_red(std::uint64_t incarnation, TransportSettings settings) {
    red.reset();
    red = std::make_unique<SimulatedNode>(network, incarnation, red_life.address,
                                          std::move(settings));
  }
  /// Nothing gets from one to the other until heal().
  void cut() {
    hub.hide();
    red->hide();
    hub.lose_connections();
    red->lose_connections();
    world->run_for(1s);
  }
  void heal() {
    hub.also_at("10.0.0.1:7001");
    red->also_at("10.0.0.2:7001");
    world->run_for(60s);
  }

  std::vector<int> got;
  SimulatedNode hub{network, 1, {"hub", "10.0.0.1", 7001}};
  std::unique_ptr<SimulatedNode> red = std::make_unique<SimulatedNode>(
      network, 7, NodeAddress{"red", "10.0.0.2", 7001}, TransportSettings{.down_after = 3s});
  const NodeIdentity red_life{{"red", "10.0.0.2", 7001}, 7};
  const NodeIdentity hub_life{{"hub", "10.0.0.1", 7001}, 1};
};

}  // namespace troupe::transport
