// SimulatedNetwork: nodes, and a network with faults between them, in one thread and in virtual
// time, the same for the same seed.
//
//   SimulatedNetwork network({.seed = 42});
//   SimulatedNode& red = network.add("red");
//   SimulatedNode& blue = network.add("blue");
//   network.set_conditions({.delay_max = 20ms, .loss = 0.01, .duplication = 0.01});
//   auto account = red.select<Account::Protocol>(blue, "/user/account");
//   account.tell(Deposit{500});
//   network.partition(red, blue);
//   network.run_for(5s);
//   network.heal();
//   blue.crash();
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <troupe/testkit/link_conditions.hpp>
#include <troupe/testkit/network_event.hpp>
#include <troupe/testkit/simulated_node.hpp>
#include <troupe/testkit/simulated_redis.hpp>
#include <troupe/testkit/stepped_world.hpp>
#include <vector>

namespace troupe::testkit {

/// All have defaults, which are good for most tests.
struct SimulatedNetworkSettings {
  /// Decides everything that chance decides: delays and losses, the nodes' own random numbers, and
  /// in which order actors run.
  std::uint64_t seed = 1;

  /// Turns in one call of run_for(), run_until() or Future::get() after which it gives up, because
  /// something runs for ever. Each jump of the time to the next event counts as one.
  std::uint64_t turns_max = 10'000'000;

  /// The newest events are kept, so many of them.
  std::size_t events_max = 100'000;
};

/// For one thread, the one that made it, outside of handlers.
class SimulatedNetwork {
 public:
  explicit SimulatedNetwork(SimulatedNetworkSettings settings = {});
  ~SimulatedNetwork();
  SimulatedNetwork(const SimulatedNetwork&) = delete;
  SimulatedNetwork& operator=(const SimulatedNetwork&) = delete;

  /// Starts a node with an address of its own, from 10.0.0.1:7001 on; it ends with the network.
  /// Equal settings hold for all lives of it. Links are not encrypted: keys are for a Node. Throws
  /// Failure with `invalid_setting` or `name_taken`.
  SimulatedNode& add(std::string name, TransportSettings transport = {},
                     SystemSettings actors = {});
  /// The same for a node that is a member of a cluster, whose seeds are addresses of nodes here:
  /// address_of_next() says which the next one has. By Authority::redis its Redis is redis().
  SimulatedNode& add_member(std::string name, ClusterSettings cluster,
                            TransportSettings transport = {}, SystemSettings actors = {});
  /// "name@host:port" that a node of this name gets which is added as the next but `skipped`.
  [[nodiscard]] std::string address_of_next(const std::string& name, std::size_t skipped = 0) const;

  /// In the order in which they were added.
  [[nodiscard]] const std::vector<std::unique_ptr<SimulatedNode>>& nodes() const noexcept {
    return nodes_;
  }

  /// Between all nodes, whatever was set before. Frames that are under way arrive as they were to.
  /// Checked: delay_max is at least delay_min, and there is room for a frame.
  void set_conditions(const LinkConditions& conditions);
  /// Between two nodes, both ways, until they are set for all again.
  void set_conditions(const SimulatedNode& a, const SimulatedNode& b,
                      const LinkConditions& conditions);

  /// From now on nothing of `from` reaches `to`, and nobody is told. What is under way, or is sent
  /// meanwhile, is held up until heal(), which may or may not let it go on: see
  /// LinkConditions::resumption. Connections cannot be made.
  void cut(const SimulatedNode& from, const SimulatedNode& to);
  /// Cuts both ways.
  void partition(const SimulatedNode& a, const SimulatedNode& b);
  /// Cuts both ways between each of `some` and each of `others`.
  void partition(const std::vector<const SimulatedNode*>& some,
                 const std::vector<const SimulatedNode*>& others);
  /// Ends the cuts between two nodes, both ways.
  void heal(const SimulatedNode& a, const SimulatedNode& b);
  /// Ends all cuts, and the deaths of connections by kill_silently().
  void heal();

  /// The connections of one lane that two nodes have now, whoever dialled, are dead, as when a
  /// firewall has forgotten them: nothing arrives on them, and nobody is told, until heal() of the
  /// whole network. Other lanes live, and new connections can be made.
  void kill_silently(const SimulatedNode& a, const SimulatedNode& b, transport::Lane lane);

  /// Nobody can dial this node, as if it were behind a translation of addresses: connections to it
  /// are refused, or come to nothing for ever where `silently`. Those that there are stay.
  void hide(const SimulatedNode& node, bool silently = false);
  /// It can be dialled again.
  void show(const SimulatedNode& node);

  /// The Redis of all members whose authority it is. It runs, and is empty.
  [[nodiscard]] SimulatedRedis& redis() noexcept { return *redis_; }

  /// Runs everything that happens within the next `span`; then `span` has passed. Throws Failure
  /// with `limit_reached` past turns_max.
  void run_for(Duration span) { world_->run_for(span); }
  /// Runs everything that happens until done(), but not more than `timeout` from now. Says whether
  /// done(). Throws as run_for().
  bool run_until(const std::function<bool()>& done, Duration timeout);

  /// The virtual time of all nodes, and of the network; it begins at one hour.
  [[nodiscard]] TimePoint now() const noexcept { return world_->clock().now(); }
  [[nodiscard]] SteppedWorld& world() const noexcept { return *world_; }
  [[nodiscard]] SimulatedMedium& medium() const noexcept { return *medium_; }

  /// What happened on the connections, oldest first: equal for equal seeds. The newest events_max.
  /// Valid until the next call that runs something.
  [[nodiscard]] const std::deque<NetworkEvent>& events() const noexcept;

 private:
  SimulatedNode& add(std::string name, TransportSettings transport, SystemSettings actors,
                     std::optional<ClusterSettings> cluster);

  const std::shared_ptr<SteppedWorld> world_;
  const std::unique_ptr<SimulatedMedium> medium_;
  const std::unique_ptr<SimulatedRedis> redis_;
  std::vector<std::unique_ptr<SimulatedNode>> nodes_;
};

}  // namespace troupe::testkit
