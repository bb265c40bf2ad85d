#include <troupe/testkit/simulated_node.hpp>

#include <algorithm>
#include <troupe/testkit/simulated_carrier.hpp>
#include <troupe/testkit/simulated_redis.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>
#include <utility>

namespace troupe::testkit {

/// From a start to a crash or a shutdown.
struct SimulatedNode::Life {
  Life(const SimulatedNode& node, std::uint64_t seed)
      : Life(node, seed, test_platform(node.world_->shared_clock(), seed, node.log_)) {}
  Life(const SimulatedNode& node, std::uint64_t seed, const Platform& platform)
      : system(node.name(), node.actors_, platform, make_stepped(node.world_)),
        transport(system.core(), {node.address_, node.incarnation_}, of_life(node), keys),
        carrier(node.medium_, *node.world_, transport) {
    if (!node.cluster_) return;
    const auto open_table = [&node](cluster::TableLinkSettings settings) {
      return node.redis_.open(std::move(settings));
    };
    cluster = std::make_unique<Cluster>(system.core(), transport, *node.cluster_,
                                        node.leave_times(), Random(seed).next(), open_table);
    carrier.wake();
  }

  static TransportSettings of_life(const SimulatedNode& node) {
    TransportSettings settings = node.transport_;
    if (node.cluster_) settings = Cluster::links(std::move(settings), *node.cluster_);
    if (settings.process.empty()) {
      settings.process = "life " + std::to_string(node.incarnation_) + " of " + node.name();
    }
    return settings;
  }

  std::uint64_t end(SimulatedMedium::Ending ending) {
    carrier.close(ending);
    const std::uint64_t unsent = transport.close();
    static_cast<void>(system.shutdown());
    return unsent;
  }

  ActorSystem system;
  transport::KeyRing keys{SecuritySettings{}};
  transport::Transport transport;
  SimulatedCarrier carrier;
  std::unique_ptr<Cluster> cluster;  // Null for no member.
};

SimulatedNode::SimulatedNode(SimulatedMedium& medium, SimulatedRedis& redis,
                             std::shared_ptr<SteppedWorld> world, NodeAddress address,
                             TransportSettings transport, SystemSettings actors,
                             std::optional<ClusterSettings> cluster)
    : medium_(medium),
      redis_(redis),
      world_(std::move(world)),
      address_(std::move(address)),
      transport_(std::move(transport)),
      actors_(std::move(actors)),
      cluster_(std::move(cluster)),
      log_(std::make_shared<RecordingLog>()) {
  transport_.validate().value();
  if (cluster_) cluster_->validate().value();
  medium_.name_place(place_of(address_), address_.name);
  restart();
}

SimulatedNode::~SimulatedNode() { crash(); }

void SimulatedNode::crash() {
  if (life_ == nullptr) return;
  // What waits for a carrier that is paused stays there, and its actors' hooks run.
  if (std::exchange(is_paused_, false)) scheduler_of_stepped(life_->system.core()).pause(false);
  static_cast<void>(life_->end(SimulatedMedium::Ending::crash));
  life_.reset();
}

ShutdownReport SimulatedNode::shutdown() {
  if (life_ == nullptr) return {};
  // One deadline for all, of which a part is kept for the links, as a Node has it.
  const TimePoint deadline = deadline_after(world_->clock(), actors_.shutdown_timeout);
  Cluster* const cluster = life_->cluster.get();
  if (cluster != nullptr) {
    static_cast<void>(life_->cluster->leave());
    const auto handed_over = life_->cluster->handed_over();
    static_cast<void>(world_->run_until([&] { return handed_over.is_ready(); }, deadline));
  }
  ShutdownReport report = life_->system.shutdown_by(later(deadline, -leave_times().after_actors));
  if (cluster != nullptr) {
    static_cast<void>(world_->run_until([&] { return cluster->has_ended(); }, deadline));
    report.not_handed_over = cluster->not_handed_over();
  }
  static_cast<void>(
      world_->run_until([&] { return life_->transport.is_drained(); },
                        std::min(deadline, later(world_->clock().now(), transport_.linger))));
  life_->transport.say_goodbye();
  report.unsent = life_->end(SimulatedMedium::Ending::orderly);
  life_.reset();
  is_paused_ = false;
  return report;
}

LeaveTimes SimulatedNode::leave_times() const {
  return LeaveTimes::of(actors_.shutdown_timeout, transport_.linger,
                        cluster_ ? Cluster::farewell_max(*cluster_) : Duration(0));
}

void SimulatedNode::restart() {
  crash();
  const std::uint64_t seed = medium_.random().next();
  incarnation_ = medium_.random().below(UINT64_MAX) + 1;
  life_ = std::make_unique<Life>(*this, seed);
}

SimulatedNode::Life& SimulatedNode::life() const {
  TROUPE_CHECK(life_ != nullptr, "the node has crashed or was shut down: restart() it first");
  return *life_;
}

void SimulatedNode::pause() {
  is_paused_ = true;
  life().carrier.pause(true);
  scheduler_of_stepped(life().system.core()).pause(true);
}

void SimulatedNode::resume() {
  is_paused_ = false;
  scheduler_of_stepped(life().system.core()).pause(false);
  life().carrier.pause(false);
}

Cluster& SimulatedNode::cluster() const {
  TROUPE_CHECK(life().cluster != nullptr, "add the node with SimulatedNetwork::add_member()");
  return *life().cluster;
}

ActorSystem& SimulatedNode::system() const { return life().system; }

std::string SimulatedNode::path(std::string_view local) const {
  return "troupe://" + address_.to_string() + std::string(local);
}

TransportCounts SimulatedNode::link_counts() const { return life().transport.counts(); }
std::vector<LinkCounts> SimulatedNode::links() const { return life().transport.links(); }
void SimulatedNode::declare_down(const NodeAddress& address) const {
  life().transport.declare_down(address);
}
void SimulatedNode::declare_down(const NodeAddress& address, std::uint64_t incarnation) const {
  life().transport.declare_down(address, incarnation);
}

}  // namespace troupe::testkit
