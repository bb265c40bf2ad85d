#include <troupe/testkit/simulated_stranger.hpp>

#include <troupe/testkit/simulated_carrier.hpp>

namespace troupe::testkit {

SimulatedStranger::SimulatedStranger(SimulatedNetwork& network, const SimulatedNode& node)
    : medium_(network.medium()) {
  medium_.dial(*this, nullptr, transport::Lane::control, place_of(node.address()));
}

SimulatedStranger::~SimulatedStranger() { medium_.remove(*this, SimulatedMedium::Ending::crash); }

void SimulatedStranger::say(std::span<const std::byte> frame) {
  static_cast<void>(medium_.send(*this, nullptr, transport::Lane::control, frame));
}

void SimulatedStranger::on_answer(transport::PeerLink* /*link*/, std::span<const std::byte> frame) {
  answers_.emplace_back(reinterpret_cast<const char*>(frame.data()), frame.size());
}

}  // namespace troupe::testkit
