#include <troupe/testkit/simulated_node.hpp>

#include <troupe/testkit/simulated_carrier.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>

namespace troupe::testkit {

/// From a start to a crash or a shutdown.
struct SimulatedNode::Life {
  Life(const SimulatedNode& node, std::uint64_t seed)
      : system(node.name(), node.actors_,
               test_platform(node.world_->shared_clock(), seed, node.log_),
               make_stepped(node.world_)),
        transport(system.core(), {node.address_, node.incarnation_}, of_life(node), keys),
        carrier(node.medium_, *node.world_, transport) {}

  static TransportSettings of_life(const SimulatedNode& node) {
    TransportSettings settings = node.transport_;
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
};

SimulatedNode::SimulatedNode(SimulatedMedium& medium, std::shared_ptr<SteppedWorld> world,
                             NodeAddress address, TransportSettings transport,
                             SystemSettings actors)
    : medium_(medium),
      world_(std::move(world)),
      address_(std::move(address)),
      transport_(std::move(transport)),
      actors_(std::move(actors)),
      log_(std::make_shared<RecordingLog>()) {
  transport_.validate().value();
  medium_.name_place(place_of(address_), address_.name);
  restart();
}

SimulatedNode::~SimulatedNode() { crash(); }

void SimulatedNode::crash() {
  if (life_ == nullptr) return;
  static_cast<void>(life_->end(SimulatedMedium::Ending::crash));
  life_.reset();
}

ShutdownReport SimulatedNode::shutdown() {
  if (life_ == nullptr) return {};
  ShutdownReport report = life_->system.shutdown();
  static_cast<void>(world_->run_until([&] { return life_->transport.is_drained(); },
                                      deadline_after(world_->clock(), transport_.linger)));
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
