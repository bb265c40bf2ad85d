#include <troupe/testkit/simulated_node.hpp>

#include <algorithm>
#include <troupe/testkit/simulated_carrier.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>

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
    cluster =
        std::make_unique<Cluster>(system.core(), transport, *node.cluster_,
                                  node.actors_.shutdown_timeout / 2, Random(seed).next(), platform);
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

SimulatedNode::SimulatedNode(SimulatedMedium& medium, std::shared_ptr<SteppedWorld> world,
                             NodeAddress address, TransportSettings transport,
                             SystemSettings actors, std::optional<ClusterSettings> cluster)
    : medium_(medium),
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
  if (is_paused_) resume();
  static_cast<void>(life_->end(SimulatedMedium::Ending::crash));
  life_.reset();
}

ShutdownReport SimulatedNode::shutdown() {
  if (life_ == nullptr) return {};
  // One deadline for all, of which a part is kept for the links, as a Node has it.
  const TimePoint deadline = deadline_after(world_->clock(), actors_.shutdown_timeout);
  const Duration farewell = cluster_ ? Cluster::farewell_max(*cluster_) : Duration(0);
  const Duration kept = std::min(transport_.linger + farewell, actors_.shutdown_timeout / 2);
  const Cluster* const cluster = life_->cluster.get();
  if (cluster != nullptr) static_cast<void>(life_->cluster->leave());
  ShutdownReport report = life_->system.shutdown_by(later(deadline, -kept));
  if (cluster != nullptr) {
    static_cast<void>(world_->run_until([&] { return cluster->has_ended(); }, deadline));
  }
  static_cast<void>(
      world_->run_until([&] { return life_->transport.is_drained(); },
                        std::min(deadline, later(world_->clock().now(), transport_.linger))));
  life_->transport.say_goodbye();
  report.unsent = life_->end(SimulatedMedium::Ending::orderly);
  life_.reset();
  return report;
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
