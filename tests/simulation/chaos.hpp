// Chaos: faults that strike a simulated network at random, from a seed.
#pragma once

#include <functional>
#include <troupe/base/random.hpp>
#include <troupe/testkit/simulated_network.hpp>

namespace simulation {

/// Whether nodes crash too, and are restarted.
enum class Crashes : bool { no, yes };

class Chaos {
 public:
  Chaos(troupe::testkit::SimulatedNetwork& network, std::uint64_t seed,
        Crashes crashes = Crashes::no)
      : network_(network), random_(~seed), crashes_(crashes) {
    network_.set_conditions(any_conditions());
  }

  /// A cut, one way or both, the end of one, the death of one lane's connections, a node that
  /// cannot be dialled, or a crash: or nothing, most often.
  void strike() {
    auto& a = any_node();
    auto& b = any_node();
    if (&a == &b) return;
    switch (random_.below(16)) {
      case 0: return network_.cut(a, b);
      case 1: return network_.partition(a, b);
      case 2:
      case 3: return network_.heal(a, b);
      case 4: return network_.heal();
      case 5:
        if (crashes_ == Crashes::yes && random_.below(4) == 0) a.crash();
        return;
      case 6:
        if (crashes_ == Crashes::yes && !a.is_running()) start(a);
        return;
      case 7: return network_.kill_silently(a, b, any_lane());
      case 8: return network_.hide(a, happens(0.5));
      case 9:
      case 10:
        if (&a != hidden_) network_.show(a);
        return;
      default: return;
    }
  }

  /// Nobody can dial this node, neither now nor later.
  void keep_hidden(const troupe::testkit::SimulatedNode& node) {
    hidden_ = &node;
    network_.hide(node);
  }

  /// Ends all faults, but leaves hidden what is to be kept so.
  void calm() {
    network_.heal();
    network_.set_conditions({});
    for (const auto& node : network_.nodes()) {
      if (node.get() != hidden_) network_.show(*node);
      if (!node->is_running()) start(*node);
    }
  }

  /// Something up to `most`.
  troupe::Duration pause(troupe::Duration most) {
    const auto nanoseconds = random_.below(static_cast<std::uint64_t>(most.count()));
    return troupe::Duration(static_cast<troupe::Duration::rep>(nanoseconds));
  }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  bool happens(double chance) { return random_.unit() < chance; }
  troupe::testkit::SimulatedNode& any_node() {
    return *network_.nodes()[random_.below(network_.nodes().size())];
  }

  /// Called with each node that was started again.
  std::function<void(troupe::testkit::SimulatedNode&)> on_restart = [](auto&) {};

 private:
  troupe::transport::Lane any_lane() {
    return static_cast<troupe::transport::Lane>(random_.below(troupe::transport::lane_count));
  }

  /// From a network that is nearly good to one on which hardly a handshake succeeds.
  troupe::testkit::LinkConditions any_conditions() {
    return {.delay_min = pause(std::chrono::milliseconds(10)),
            .delay_max = std::chrono::milliseconds(10) + pause(std::chrono::milliseconds(100)),
            .loss = 0.1 * random_.unit() * random_.unit() * random_.unit(),
            .duplication = 0.5 * random_.unit(),
            .resumption = random_.unit(),
            .frames_in_flight_max = 1 + random_.below(16)};
  }

  void start(troupe::testkit::SimulatedNode& node) {
    node.restart();
    on_restart(node);
  }

  troupe::testkit::SimulatedNetwork& network_;
  troupe::Random random_;
  const Crashes crashes_;
  const troupe::testkit::SimulatedNode* hidden_ = nullptr;
};

}  // namespace simulation
