// Nodes in one thread and in virtual time, whose links carry out at once what they are told, or
// hold it back, and are lost when a test says so.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/actor/ports/remote_nodes.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/signal_intake.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>
#include <vector>

namespace troupe {

class FakeNode;

/// All nodes by name, and the signals between them that are held back.
class FakeNetwork {
 public:
  void run() { world->run(); }
  void run_for(Duration span) { world->run_for(span); }

  /// From now on signals wait until release().
  void hold() { holds_ = true; }
  void release() {
    holds_ = false;
    for (auto& carry : std::exchange(held_, {})) carry();
  }
  void carry(std::function<void()> signal) {
    if (holds_) return held_.push_back(std::move(signal));
    signal();
  }

  /// Every node declares the other one's life over.
  void part(FakeNode& node);

  const std::shared_ptr<testkit::SteppedWorld> world =
      std::make_shared<testkit::SteppedWorld>(std::make_shared<testkit::ManualClock>());
  std::map<std::string, FakeNode*> nodes;

 private:
  bool holds_ = false;
  std::vector<std::function<void()>> held_;
};

/// One life of a node, as another one sees it.
class FakePeer final : public RemoteTarget, public runtime::MessageOrigin {
 public:
  FakePeer(FakeNode& here, FakeNode& there) : here_(here), there_(there) {}

  [[nodiscard]] FakeNode& there() const noexcept { return there_; }
  /// That life is over.
  void lose();

  // RemoteTarget.
  std::optional<ErrorCode> tell(RemoteId actor, runtime::ActorId sender,
                                const runtime::MessageType& type,
                                const void* message) noexcept override;
  std::optional<ErrorCode> ask(RemoteId actor, runtime::Envelope* request) noexcept override;
  void signal(runtime::RemoteSignal signal) noexcept override;
  void passed_over(std::string_view what) noexcept override;
  wire::RefPort* ref_port() noexcept override { return this; }
  std::string path(RemoteId actor) const override;
  runtime::SystemAnchor* anchor(RemoteId actor) const noexcept override;

  // MessageOrigin.
  std::string type_name(std::uint64_t) const override { return "a type of theirs"; }
  void dropped(const runtime::EncodedMessage&, runtime::ActorId, ErrorCode) noexcept override {}
  void encode_ref(wire::Writer& writer, const wire::RefParts& ref) override;
  wire::RefParts decode_ref(wire::Reader& reader) override;

 private:
  /// The envelope in which a message arrives there.
  runtime::Envelope* encoded(std::uint64_t actor, runtime::ActorId sender,
                             const runtime::MessageType& type, const void* message,
                             const runtime::AskPart* ask);
  void arrive(runtime::RemoteSignal signal);

  FakeNode& here_;
  FakeNode& there_;
  bool is_lost_ = false;
  std::set<runtime::ActorId> parents_;  // Proxies here that have asked for a child there.
};

class FakeNode final : public RemoteNodes {
 public:
  FakeNode(FakeNetwork& in, const std::string& name, SystemSettings settings = {})
      : network(in),
        address{name, "host", 1},
        log(std::make_shared<testkit::RecordingLog>()),
        system(name, std::move(settings),
               testkit::test_platform(network.world->shared_clock(), 1, log),
               testkit::make_stepped(network.world)) {
    network.nodes[name] = this;
    system.core().nodes = this;
  }
  ~FakeNode() { network.nodes.erase(address.name); }
  FakeNode(const FakeNode&) = delete;
  FakeNode& operator=(const FakeNode&) = delete;

  Result<RemoteTarget*> node(const NodeAddress& at) override {
    const auto there = network.nodes.find(at.name);
    if (there == network.nodes.end() || there->second->is_gone || is_gone) {
      return Error(ErrorCode::node_unreachable, at.to_string() + " does not answer");
    }
    return static_cast<RemoteTarget*>(&peer(*there->second));
  }

  Result<AnyRef> path(const ActorPath& at) override {
    return Error(ErrorCode::node_unreachable, at.node.to_string() + " does not answer");
  }

  /// The life of the other node that this one deals with.
  FakePeer& peer(FakeNode& there) {
    FakePeer*& current = peers_[&there];
    if (current == nullptr) {
      lives_.push_back(std::make_unique<FakePeer>(*this, there));
      current = lives_.back().get();
    }
    return *current;
  }
  /// Declares the life of the other node over; the next one may be dealt with.
  void lose(FakeNode& there) {
    FakePeer& lost = peer(there);
    peers_.erase(&there);
    lost.lose();
  }

  /// An actor lives at this path.
  [[nodiscard]] bool has(std::string_view path) const { return system.try_find_any(path).ok(); }

  void expect_balanced_books() const {
    const SystemCounts counts = system.counts();
    EXPECT_EQ(counts.sent, counts.handled + counts.dropped) << address.name;
  }

  FakeNetwork& network;
  const NodeAddress address;
  const std::shared_ptr<testkit::RecordingLog> log;
  bool is_gone = false;
  std::vector<std::string> passed_over;  ///< Of what others have signalled.

 private:
  std::vector<std::unique_ptr<FakePeer>> lives_;
  std::map<FakeNode*, FakePeer*> peers_;

 public:
  ActorSystem system;  // The last: its actors use the links until they end.
};

inline void FakeNetwork::part(FakeNode& node) {
  for (auto& [name, other] : nodes) {
    if (other == &node) continue;
    other->lose(node);
    node.lose(*other);
  }
}

inline void FakePeer::lose() {
  is_lost_ = true;
  for (const runtime::ActorId parent : std::exchange(parents_, {})) {
    runtime::receive_signal(here_.system.core(), *this,
                            runtime::ChildEnded{parent, StopReason::node_down});
  }
  runtime::node_lost(here_.system.core(), *this);
}

inline runtime::Envelope* FakePeer::encoded(std::uint64_t actor, runtime::ActorId sender,
                                            const runtime::MessageType& type, const void* message,
                                            const runtime::AskPart* ask) {
  wire::Writer writer(this);
  type.encode(writer, message);
  FakePeer& back = there_.peer(here_);
  runtime::EncodedMessage bytes{
      .type_key = type.key, .bytes = writer.bytes(), .origin = &back, .sender = {}};
  if (sender != 0) {
    const AnyRef ref(static_cast<RemoteTarget*>(&back), sender);
    bytes.sender = {ref.target(), ref.id()};
  }
  return runtime::make_encoded(runtime::Kind::encoded, actor, ask, bytes);
}

inline std::optional<ErrorCode> FakePeer::tell(RemoteId actor, runtime::ActorId sender,
                                               const runtime::MessageType& type,
                                               const void* message) noexcept {
  if (is_lost_) return ErrorCode::node_down;
  runtime::deliver(runtime::find_cell(actor.actor),
                   encoded(actor.actor, sender, type, message, nullptr));
  return std::nullopt;
}

inline std::optional<ErrorCode> FakePeer::ask(RemoteId actor, runtime::Envelope* request) noexcept {
  if (is_lost_) return ErrorCode::node_down;
  runtime::Envelope* there =
      encoded(actor.actor, request->sender, *request->type, request->payload(), &request->ask());
  there->sender = request->sender;  // Of this process, so the answer goes there by itself.
  request->ask().token = 0;
  runtime::deliver(runtime::find_cell(actor.actor), there);
  return std::nullopt;
}

inline void FakePeer::signal(runtime::RemoteSignal signal) noexcept {
  if (const auto* order = std::get_if<runtime::SpawnChild>(&signal)) {
    parents_.insert(order->parent);
  }
  here_.network.carry([this, signal = std::move(signal)] { arrive(signal); });
}

inline void FakePeer::passed_over(std::string_view what) noexcept {
  here_.passed_over.emplace_back(what);
}

inline void FakePeer::arrive(runtime::RemoteSignal signal) {
  if (is_lost_) return;
  FakePeer& back = there_.peer(here_);
  if (const auto* ended = std::get_if<runtime::ChildEnded>(&signal)) {
    back.parents_.erase(ended->parent);
  } else if (const auto* refused = std::get_if<runtime::ChildNotPlaced>(&signal)) {
    back.parents_.erase(refused->parent);
  }
  runtime::receive_signal(there_.system.core(), back, std::move(signal));
}

inline std::string FakePeer::path(RemoteId actor) const {
  return "troupe://" + there_.address.to_string() +
         runtime::path_of(there_.system.core(), actor.actor);
}

inline runtime::SystemAnchor* FakePeer::anchor(RemoteId /*actor*/) const noexcept {
  return here_.system.core().anchor;
}

inline void FakePeer::encode_ref(wire::Writer& writer, const wire::RefParts& ref) {
  const AnyRef any(ref.target, ref.id);
  writer.write_array_header(2);
  writer.write_string(any.is_remote() ? static_cast<FakePeer*>(any.remote())->there().address.name
                                      : here_.address.name);
  writer.write_uint(ref.id);
}

inline wire::RefParts FakePeer::decode_ref(wire::Reader& reader) {
  static_cast<void>(reader.read_array_header());
  const std::string name(reader.read_string());
  const std::uint64_t id = reader.read_uint();
  FakeNode& node = *here_.network.nodes.at(name);
  const AnyRef ref = &node == &here_ ? AnyRef(runtime::find_cell(id), id)
                                     : AnyRef(static_cast<RemoteTarget*>(&here_.peer(node)), id);
  return {ref.target(), ref.id()};
}

}  // namespace troupe
