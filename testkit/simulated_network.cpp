#include <troupe/testkit/simulated_network.hpp>

#include <algorithm>
#include <troupe/testkit/simulated_medium.hpp>

namespace troupe::testkit {
namespace {

constexpr std::uint16_t port = 7001;

/// Of the network 10.0.0.0/8, from 10.0.0.1 on.
std::string host(std::size_t number) {
  return "10." + std::to_string(number >> 16U & 255U) + "." + std::to_string(number >> 8U & 255U) +
         "." + std::to_string(number & 255U);
}

}  // namespace

SimulatedNetwork::SimulatedNetwork(SimulatedNetworkSettings settings)
    : world_(std::make_shared<SteppedWorld>(
          std::make_shared<ManualClock>(),
          SteppedWorldSettings{.seed = settings.seed, .turns_max = settings.turns_max})),
      // Not the numbers by which the world picks who runs.
      medium_(std::make_unique<SimulatedMedium>(world_->clock(), Random(settings.seed).next(),
                                                settings.events_max)),
      redis_(std::make_unique<SimulatedRedis>(*world_, Random(~settings.seed).next())) {
  world_->add(*medium_);
}

SimulatedNetwork::~SimulatedNetwork() {
  for (const auto& node : nodes_) node->crash();
  world_->remove(*medium_);
}

SimulatedNode& SimulatedNetwork::add(std::string name, TransportSettings transport,
                                     SystemSettings actors) {
  return add(std::move(name), std::move(transport), std::move(actors), std::nullopt);
}

SimulatedNode& SimulatedNetwork::add_member(std::string name, ClusterSettings cluster,
                                            TransportSettings transport, SystemSettings actors) {
  return add(std::move(name), std::move(transport), std::move(actors), std::move(cluster));
}

std::string SimulatedNetwork::address_of_next(const std::string& name, std::size_t skipped) const {
  return NodeAddress{name, host(nodes_.size() + skipped + 1), port}.to_string();
}

SimulatedNode& SimulatedNetwork::add(std::string name, TransportSettings transport,
                                     SystemSettings actors,
                                     std::optional<ClusterSettings> cluster) {
  const bool is_taken =
      std::ranges::any_of(nodes_, [&](const auto& node) { return node->name() == name; });
  if (is_taken) {
    throw Failure(Error(ErrorCode::name_taken, "the network has a node \"" + name + "\" already"));
  }
  NodeAddress address{std::move(name), host(nodes_.size() + 1), port};
  nodes_.push_back(std::make_unique<SimulatedNode>(*medium_, *redis_, world_, std::move(address),
                                                   std::move(transport), std::move(actors),
                                                   std::move(cluster)));
  return *nodes_.back();
}

void SimulatedNetwork::set_conditions(const LinkConditions& conditions) {
  medium_->set_conditions(conditions);
}

void SimulatedNetwork::set_conditions(const SimulatedNode& a, const SimulatedNode& b,
                                      const LinkConditions& conditions) {
  medium_->set_conditions(a.name(), b.name(), conditions);
}

void SimulatedNetwork::cut(const SimulatedNode& from, const SimulatedNode& to) {
  medium_->cut(from.name(), to.name());
}

void SimulatedNetwork::partition(const SimulatedNode& a, const SimulatedNode& b) {
  cut(a, b);
  cut(b, a);
}

void SimulatedNetwork::partition(const std::vector<const SimulatedNode*>& some,
                                 const std::vector<const SimulatedNode*>& others) {
  for (const SimulatedNode* a : some) {
    for (const SimulatedNode* b : others) partition(*a, *b);
  }
}

void SimulatedNetwork::heal(const SimulatedNode& a, const SimulatedNode& b) {
  medium_->heal(a.name(), b.name());
  medium_->heal(b.name(), a.name());
}

void SimulatedNetwork::heal() {
  for (const auto& a : nodes_) {
    for (const auto& b : nodes_) medium_->heal(a->name(), b->name());
  }
  medium_->revive();
}

void SimulatedNetwork::kill_silently(const SimulatedNode& a, const SimulatedNode& b,
                                     transport::Lane lane) {
  medium_->kill_silently(a.name(), b.name(), lane);
}

void SimulatedNetwork::hide(const SimulatedNode& node, bool silently) {
  using Hiding = SimulatedMedium::Hiding;
  medium_->hide(node.name(), silently ? Hiding::silent : Hiding::refused);
}

void SimulatedNetwork::show(const SimulatedNode& node) { medium_->show(node.name()); }

bool SimulatedNetwork::run_until(const std::function<bool()>& done, Duration timeout) {
  return world_->run_until(done, deadline_after(world_->clock(), timeout));
}

const std::deque<NetworkEvent>& SimulatedNetwork::events() const noexcept {
  return medium_->events();
}

}  // namespace troupe::testkit
