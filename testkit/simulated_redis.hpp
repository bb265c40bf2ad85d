// SimulatedRedis: the Redis of a simulated network. It holds the tables of the clusters there, and
// fails as a server can. Every member whose authority is Redis reaches it, whatever URL it names.
//
//   SimulatedNetwork network({.seed = 42});
//   SimulatedNode& a = network.add_member("a", ClusterSettings::redis("redis://redis"));
//   network.redis().stop();
//   network.run_for(1min);               // nobody is down by that, and nothing is owned
//   network.redis().start_empty();
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <troupe/base/random.hpp>
#include <troupe/cluster/port/table_link.hpp>
#include <troupe/testkit/simulated_table.hpp>
#include <troupe/testkit/stepped_world.hpp>
#include <vector>

namespace troupe::testkit {

/// For the thread of the test, outside of handlers. Any number of these failures at a time.
class SimulatedRedis final : public EventSource {
 public:
  using Tables = std::map<std::string, SimulatedTable>;  ///< By the name of the cluster.

  /// Of SimulatedNetwork. The world outlives it.
  SimulatedRedis(SteppedWorld& world, std::uint64_t seed);
  ~SimulatedRedis();
  SimulatedRedis(const SimulatedRedis&) = delete;
  SimulatedRedis& operator=(const SimulatedRedis&) = delete;

  /// Nobody answers any more: what is asked fails when its time is over. Nothing if it does not
  /// run.
  void stop();
  /// Another life of the server has what the last one had, as one that keeps a file of all writes.
  /// Stops it first if it runs.
  void start();
  /// The same without anything, as one that keeps no file.
  void start_empty();
  /// The same with what it had when tables() was copied, as one whose last file is old.
  void start_with(Tables tables);

  /// It stands still, and executes all that has come when it goes on; those who asked have given up
  /// by then, if it took long.
  void pause();
  void resume();

  /// The longest that a request, and an answer, take. Zero or more [2 ms].
  void set_delay_max(Duration delay) noexcept { delay_max_ = delay; }
  /// The share of answers that are lost, though what was asked is done: 0 to 1 [0].
  void set_loss(double share) noexcept { loss_ = share; }
  /// It answers everything with these words of an error, such as "OOM command not allowed", and
  /// does nothing; empty: it works again.
  void refuse_with(std::string words) { words_ = std::move(words); }
  /// Nothing of the node of this name reaches it, nor the other way round, until heal().
  void cut(const std::string& node) { cut_.insert(node); }
  void heal(const std::string& node) { cut_.erase(node); }

  [[nodiscard]] const Tables& tables() const noexcept { return tables_; }

  /// Of SimulatedNetwork: the link of a node.
  [[nodiscard]] Result<std::unique_ptr<cluster::TableLink>> open(
      cluster::TableLinkSettings settings);

  // EventSource.
  [[nodiscard]] TimePoint next() const override;
  void advance(TimePoint now) override;

 private:
  /// What a link and the server have in common.
  struct Wire {
    cluster::TableLinkSettings settings;
    bool is_open = true;
    std::uint64_t asked = 0;   // How often.
    bool is_waiting = false;   // For an answer to the last one.
    std::uint64_t server = 0;  // The life that has answered last.
    std::vector<cluster::TableEvent> events = {};
  };
  class Link;

  void ask(const std::shared_ptr<Wire>& wire, cluster::TableRequest request);
  void take(const std::shared_ptr<Wire>& wire, std::uint64_t number,
            const cluster::TableRequest& request);
  void answer(Wire& wire, std::uint64_t number, Result<cluster::TableAnswer> answer);
  void after(Duration delay, std::function<void()> event);
  [[nodiscard]] Duration delay();
  [[nodiscard]] bool is_cut(const Wire& wire) const {
    return cut_.contains(wire.settings.node_name);
  }

  SteppedWorld& world_;
  Random random_;
  Tables tables_;
  std::uint64_t life_ = 1;
  bool is_running_ = true;
  bool is_paused_ = false;
  Duration delay_max_ = std::chrono::milliseconds(2);
  double loss_ = 0;
  std::string words_;
  std::set<std::string> cut_;
  std::multimap<TimePoint, std::function<void()>> events_;
  std::vector<std::function<void()>> held_;  // What has come while it was paused.
};

}  // namespace troupe::testkit
