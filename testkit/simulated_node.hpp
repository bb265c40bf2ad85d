// SimulatedNode: one node of a simulated network, over its crashes and restarts. It has what a Node
// has: an actor system, and links to others by the same transport; only the sockets, the threads
// and the time are the network's.
//
//   SimulatedNode& blue = network.add("blue");
//   blue.spawn<Account>("account");
//   blue.crash();                     // "/user/account" is gone with its life
//   network.run_for(30s);             // others give that life up
//   blue.restart();                   // the same address, another incarnation
//   blue.spawn<Account>("account");   // at the same path as before
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/selects.hpp>
#include <troupe/cluster/cluster.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/transport/transport_counts.hpp>
#include <troupe/transport/transport_settings.hpp>
#include <vector>

namespace troupe::testkit {

class SimulatedMedium;
class SimulatedRedis;
class SteppedWorld;

/// Made by SimulatedNetwork::add(). For the thread of the test, outside of handlers. What is not
/// said otherwise is for a node that runs, and checked.
class SimulatedNode : public Selects<SimulatedNode> {
 public:
  /// Of SimulatedNetwork. Throws Failure with `invalid_setting`. Starts the first life.
  SimulatedNode(SimulatedMedium& medium, SimulatedRedis& redis, std::shared_ptr<SteppedWorld> world,
                NodeAddress address, TransportSettings transport, SystemSettings actors,
                std::optional<ClusterSettings> cluster = {});
  /// crash(), if it runs.
  ~SimulatedNode();
  SimulatedNode(const SimulatedNode&) = delete;
  SimulatedNode& operator=(const SimulatedNode&) = delete;

  /// Of its present life, so until the next crash(), shutdown() or restart(). For what is not
  /// repeated here: `Probe probe(red.system());`.
  [[nodiscard]] ActorSystem& system() const;

  /// As the functions of the same names in Node.
  template <class T, class... Args>
  auto spawn(std::string_view name = {}, Args&&... args) {
    return system().spawn<T>(name, std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  void offers(std::string_view name) {
    system().offers<T, Args...>(name);
  }
  [[nodiscard]] Result<AnyRef> try_select_any(std::string_view path) const {
    return system().try_select_any(path);
  }
  [[nodiscard]] Result<std::vector<AnyRef>> try_select_any(std::string_view path,
                                                           const EachNode& nodes) const {
    return system().try_select_any(path, nodes);
  }
  [[nodiscard]] Result<AnyRef> try_select_any(std::string_view path, const OneNode& node) const {
    return system().try_select_any(path, node);
  }
  /// Of one that SimulatedNetwork::add_member() has made.
  [[nodiscard]] Cluster& cluster() const;
  /// Its newest view.
  [[nodiscard]] MembershipView members() const { return cluster().members(); }

  /// Of the present life alone: another one begins with new books. The counts of file descriptors
  /// are 0.
  [[nodiscard]] TransportCounts link_counts() const;
  [[nodiscard]] std::vector<LinkCounts> links() const;
  /// For this node alone; the others find out for themselves. See Node::declare_down().
  void declare_down(const NodeAddress& address) const;
  void declare_down(const NodeAddress& address, std::uint64_t incarnation) const;

  using Selects<SimulatedNode>::select;
  /// Whoever is at "/user/..." of another node, which need not run.
  template <class T>
  [[nodiscard]] RefTo<T> select(const SimulatedNode& node, std::string_view local) const {
    return select<T>(node.path(local));
  }

  // Whether it runs or not.

  [[nodiscard]] bool is_running() const noexcept { return life_ != nullptr; }
  /// Whether it was made by SimulatedNetwork::add_member().
  [[nodiscard]] bool has_cluster() const noexcept { return cluster_.has_value(); }
  /// As add() was given it; the name of each life's actor system.
  [[nodiscard]] const std::string& name() const noexcept { return address_.name; }
  [[nodiscard]] const NodeAddress& address() const noexcept { return address_; }
  /// The whole path of "/user/..." here, as others can select it:
  /// "troupe://blue@10.0.0.2:7001/user/account". Whether there is such an actor is not looked at.
  [[nodiscard]] std::string path(std::string_view local) const;
  /// Of the life that it has, or had last.
  [[nodiscard]] std::uint64_t incarnation() const noexcept { return incarnation_; }
  /// What all lives of it have logged, from LogLevel::info on.
  [[nodiscard]] RecordingLog& log() const noexcept { return *log_; }

  /// Ends without a word to anybody, as a process that is killed: others hear that connections have
  /// ended, unless they are cut off, and of what was sent a random part still arrives. Hooks of its
  /// actors do run, but nothing leaves any more; what waits for one that is paused never comes.
  /// Nothing when it does not run.
  void crash();

  /// From now on neither its actors nor its links run, as if its machine stood still: nobody hears
  /// of that, and what comes waits, until resume(). Who looks at it sees it as it was. Not twice.
  void pause();
  void resume();
  [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }

  /// Ends as Node::shutdown() does: the actors first, then what waits is sent, within
  /// TransportSettings::linger, and others are told. Steps all systems meanwhile. Nothing when it
  /// does not run.
  ShutdownReport shutdown();

  /// Begins another life at the same address, with another incarnation and without any of its
  /// actors: a test spawns them again. Crashes first if it runs. Who watched its actors hears
  /// `node_down` once its node has met the new life.
  void restart();

 private:
  struct Life;
  [[nodiscard]] Life& life() const;
  [[nodiscard]] LeaveTimes leave_times() const;

  SimulatedMedium& medium_;
  SimulatedRedis& redis_;
  const std::shared_ptr<SteppedWorld> world_;
  const NodeAddress address_;
  const TransportSettings transport_;
  const SystemSettings actors_;
  const std::optional<ClusterSettings> cluster_;
  const std::shared_ptr<RecordingLog> log_;
  std::uint64_t incarnation_ = 0;
  bool is_paused_ = false;
  std::unique_ptr<Life> life_;
};

}  // namespace troupe::testkit
