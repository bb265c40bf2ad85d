// Nodes in one thread and in virtual time: real transports over a carrier without faults, each
// frame taking a millisecond, for what the testkit's simulated networks do not have: nodes with
// keys, nodes at several places, and frames by hand.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <troupe/actor/actor_system.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>
#include <troupe/transport/transport.hpp>
#include <utility>
#include <vector>

namespace troupe::transport {

class SimulatedNode;

/// Moves frames; a node that is not there refuses connections.
class SimulatedNetwork {
 public:
  static constexpr Duration latency = std::chrono::milliseconds(1);

  explicit SimulatedNetwork(std::shared_ptr<testkit::SteppedWorld> shared)
      : world(std::move(shared)) {}

  const std::shared_ptr<testkit::SteppedWorld> world;
  std::map<std::string, SimulatedNode*> nodes;  // By "host:port".
  std::uint64_t connections = 0;
  std::function<void(std::vector<std::byte>&)> tamper;  // With each frame that is sent, if set.
};

/// One node, from its start to its end, which is a crash unless it has said goodbye.
class SimulatedNode final : public Carrier, public testkit::EventSource {
 public:
  SimulatedNode(SimulatedNetwork& network, std::uint64_t incarnation, NodeAddress address,
                TransportSettings settings = {}, SecuritySettings security = {})
      : log(std::make_shared<testkit::RecordingLog>()),
        keys(std::move(security)),
        system(address.name, {}, testkit::test_platform(network.world->shared_clock(), 1, log),
               testkit::make_stepped(network.world)),
        transport(system.core(), {address, incarnation}, std::move(settings), keys),
        network_(network),
        place_(address.host + ":" + std::to_string(address.port)) {
    network_.nodes[place_] = this;
    network_.world->add(*this);
    transport.open(*this);
  }

  ~SimulatedNode() {
    network_.world->remove(*this);
    std::erase_if(network_.nodes, [this](const auto& entry) { return entry.second == this; });
    for (auto& [place, node] : network_.nodes) node->forget(*this);
    static_cast<void>(transport.close());
  }

  /// A ref by path to an actor of another node's.
  template <class Protocol>
  [[nodiscard]] ActorRef<Protocol> select(const SimulatedNode& node, std::string_view local) {
    const ActorPath path{node.transport.self().address, std::string(local)};
    return ActorRef<Protocol>(transport.select(path).value());
  }

  /// This node is found at that "host:port" as well.
  void also_at(const std::string& place) { network_.nodes[place] = this; }

  /// This node cannot be dialled any more. Its connections stay.
  void hide() {
    std::erase_if(network_.nodes, [this](const auto& entry) { return entry.second == this; });
  }

  /// A frame to that place, as if from a connection of nobody's.
  void inject(std::span<const std::byte> frame, ConnectionId from = "stranger") {
    post({.kind = Event::Kind::frame, .connection = std::move(from), .bytes = copy(frame)});
  }

  /// A frame on the control connections that this node has dialled, as if from their other ends.
  void inject_answer(std::span<const std::byte> frame) {
    for (const auto& [line, to] : dialled_) {
      if (line.second != Lane::control) continue;
      post({.kind = Event::Kind::answer, .link = line.first, .bytes = copy(frame)});
    }
  }

  /// A connection of nobody's ends.
  void end_inbound(ConnectionId connection) {
    post({.kind = Event::Kind::ended, .connection = std::move(connection)});
  }

  /// The process stands still from now on, and what comes waits.
  void pause() { is_paused_ = true; }
  /// What is looked at first after a pause, of all that has become due.
  enum class First { frames, answers, losses, timers };
  void resume(First first) {
    is_paused_ = false;
    const TimePoint now = network_.world->clock().now();
    if (first == First::timers) return transport.advance(now);
    const auto kind = first == First::frames    ? Event::Kind::frame
                      : first == First::answers ? Event::Kind::answer
                                                : Event::Kind::lost;
    std::deque<Event> others;
    std::deque<Event> all = std::exchange(events_, {});
    for (Event& event : all) {
      event.at = now;
      (event.kind == kind ? events_ : others).push_back(std::move(event));
    }
    std::ranges::move(others, std::back_inserter(events_));
  }
  /// Something between the nodes ends all connections that this one has dialled.
  void lose_connections() {
    for (const auto& [line, to] : dialled_) post({.kind = Event::Kind::lost, .link = line.first});
  }
  /// The same for those that the other one has dialled to this one.
  void lose_inbound(const SimulatedNode& other) {
    for (const auto& [connection, from] : accepted_) {
      if (from.node != &other) continue;
      post({.kind = Event::Kind::ended, .connection = connection});
      from.node->post({.kind = Event::Kind::lost, .link = from.link});
    }
    std::erase_if(accepted_, [&](const auto& entry) { return entry.second.node == &other; });
  }

  // Carrier.
  void dial(PeerLink& link, Lane lane, const NodeAddress& address,
            const std::string& server_key) override {
    ++dials;
    const auto there = network_.nodes.find(address.host + ":" + std::to_string(address.port));
    if (there == network_.nodes.end()) {
      return post({.kind = Event::Kind::refused, .link = &link});
    }
    if (keys.is_on() && there->second->keys.own().public_key != server_key) {
      ++greetings_refused;
      return post({.kind = Event::Kind::wrong_key, .link = &link});
    }
    const Line line{&link, lane};
    dialled_[line] = {there->second, std::to_string(++network_.connections)};
    there->second->accepted_[dialled_[line].connection] = {this, &link};
  }
  void hang_up(PeerLink& link) override {
    for (const auto& [line, to] : dialled_) {
      if (line.first != &link) continue;
      to.node->accepted_.erase(to.connection);
      to.node->post({.kind = Event::Kind::ended, .connection = to.connection});
    }
    std::erase_if(dialled_, [&](const auto& entry) { return entry.first.first == &link; });
  }
  void let_linger(Duration time) override { lingers = time; }
  [[nodiscard]] bool send(PeerLink& link, Lane lane, wire::Writer& frame) override {
    const auto to = dialled_.find({&link, lane});
    if (to == dialled_.end()) return false;
    to->second.node->post({.kind = Event::Kind::frame,
                           .connection = to->second.connection,
                           .key = keys.own().public_key,
                           .bytes = copy(frame.bytes())});
    return true;
  }
  [[nodiscard]] Sent send_reverse(const ConnectionId& connection,
                                  std::span<const std::byte> frame) override {
    const auto to = accepted_.find(connection);
    if (to == accepted_.end()) return Sent::gone;
    to->second.node->post(
        {.kind = Event::Kind::answer, .link = to->second.link, .bytes = copy(frame)});
    return Sent::yes;
  }
  bool answer(const ConnectionId& connection, std::span<const std::byte> frame) override {
    answers.emplace_back(reinterpret_cast<const char*>(frame.data()), frame.size());
    answered.push_back(connection);
    const auto to = accepted_.find(connection);
    if (to == accepted_.end()) return false;
    to->second.node->post(
        {.kind = Event::Kind::answer, .link = to->second.link, .bytes = copy(frame)});
    return true;
  }
  void wake() noexcept override { awake_ = true; }

  // EventSource.
  [[nodiscard]] TimePoint next() const override {
    if (is_paused_) return TimePoint::max();
    if (awake_) return network_.world->clock().now();
    const TimePoint event = events_.empty() ? TimePoint::max() : events_.front().at;
    return std::min(event, transport.next_deadline());
  }
  void advance(TimePoint now) override {
    if (is_paused_) return;
    awake_ = false;
    while (!events_.empty() && events_.front().at <= now) {
      const Event event = std::move(events_.front());
      events_.pop_front();
      switch (event.kind) {
        case Event::Kind::frame:
          transport.on_frame(event.connection, {event.bytes, nullptr}, now, event.key);
          break;
        case Event::Kind::answer: transport.on_answer(*event.link, event.bytes, now); break;
        case Event::Kind::lost: transport.on_lost(*event.link, "connection ended", now); break;
        case Event::Kind::refused:
          transport.on_dial_refused(*event.link, "connection refused", now);
          break;
        case Event::Kind::wrong_key: transport.on_greeting_refused(*event.link, now); break;
        case Event::Kind::ended: transport.on_connection_ended(event.connection, "it ended"); break;
      }
    }
    transport.advance(now);
  }

  std::shared_ptr<testkit::RecordingLog> log;
  KeyRing keys;
  ActorSystem system;
  Transport transport;
  std::vector<std::string> answers;
  std::vector<ConnectionId> answered;   // By each of them.
  std::uint64_t greetings_refused = 0;  // Connections that were dialled with another key.
  std::uint64_t dials = 0;
  Duration lingers{0};  // What was sent, at the end of connections.

 private:
  struct Event {
    enum class Kind { frame, answer, lost, refused, wrong_key, ended };
    Kind kind;
    ConnectionId connection = {};
    PeerLink* link = nullptr;
    std::string key = {};
    std::vector<std::byte> bytes = {};
    TimePoint at = {};
  };
  using Line = std::pair<PeerLink*, Lane>;
  struct Outgoing {
    SimulatedNode* node;
    ConnectionId connection;
  };
  struct Incoming {
    SimulatedNode* node;
    PeerLink* link;
  };

  static std::vector<std::byte> copy(std::span<const std::byte> bytes) {
    return {bytes.begin(), bytes.end()};
  }
  void post(Event event) {
    if (network_.tamper && !event.bytes.empty()) network_.tamper(event.bytes);
    event.at = network_.world->clock().now() + SimulatedNetwork::latency;
    events_.push_back(std::move(event));
  }
  /// A node has crashed: connections to it are lost.
  void forget(const SimulatedNode& node) {
    for (const auto& [connection, from] : accepted_) {
      if (from.node == &node) post({.kind = Event::Kind::ended, .connection = connection});
    }
    std::erase_if(accepted_, [&](const auto& entry) { return entry.second.node == &node; });
    for (const auto& [line, to] : dialled_) {
      if (to.node == &node) post({.kind = Event::Kind::lost, .link = line.first});
    }
    std::erase_if(dialled_, [&](const auto& entry) { return entry.second.node == &node; });
  }

  SimulatedNetwork& network_;
  const std::string place_;
  std::map<Line, Outgoing> dialled_;
  std::map<ConnectionId, Incoming> accepted_;
  std::deque<Event> events_;
  std::atomic<bool> awake_{false};
  bool is_paused_ = false;
};

}  // namespace troupe::transport
