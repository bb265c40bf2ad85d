// ClusterSettings: how a node comes into its cluster, what it says of itself there, and how the
// cluster decides who is a member.
//
//   NodeSettings{.name = "a", .listen = "10.0.0.1:7001",
//                .cluster = ClusterSettings{.seeds = {"a@10.0.0.1:7001", "b@10.0.0.2:7001"},
//                                           .roles = {"worker"}}}
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <troupe/cluster/membership_times.hpp>
#include <troupe/cluster/split_brain.hpp>
#include <vector>

namespace troupe {

using cluster::DetectionSettings;
using cluster::SplitBrainSettings;

/// The side with more than half of the members goes on; of two halves that with the oldest member.
[[nodiscard]] inline SplitBrainSettings keep_majority() noexcept { return {}; }
/// A side with at least so many members, and more than are missing, goes on. More than
/// 2 * members - 1 cannot join. Positive.
[[nodiscard]] inline SplitBrainSettings static_quorum(std::size_t members) noexcept {
  return {cluster::SplitBrainStrategy::static_quorum, members};
}
/// The side with the oldest member goes on, unless that is alone against two or more.
[[nodiscard]] inline SplitBrainSettings keep_oldest() noexcept {
  return {cluster::SplitBrainStrategy::keep_oldest, 0};
}

/// Who says which nodes are members: the nodes among themselves, or a table in a Redis server.
enum class Authority : std::uint8_t { gossip, redis };

/// A value. Two nodes are in one cluster only where their TransportSettings::cluster, its name, is
/// equal.
struct ClusterSettings {
  /// The same on all nodes. By gossip a cluster needs no server. By Redis the members find each
  /// other without seeds, and of a cut that side goes on that reaches the server; while the server
  /// is away nobody is down, and ownership ends with the lease (MembershipTimes::lease). It begins
  /// a lease and its margin after a node has joined.
  Authority authority = Authority::gossip;

  /// Of Authority::redis: "redis://[[user]:password@]host[:port][/db]", "unix:///path" or
  /// "sentinel://one,two/name". Its keys begin with "troupe:{" and TransportSettings::cluster.
  std::string redis_url = {};

  /// Of Authority::redis: how many replicas have to have what the server answers before a member
  /// acts upon it, so that a fail-over to one of them loses nothing of that. With fewer of them
  /// there it is as if the server were away. 0 to 100; 0 waits for none.
  std::size_t redis_replicas = 0;

  /// Of Authority::gossip, and of that alone: addresses "name@host:port", as those nodes advertise
  /// them, at which a node asks for a cluster when it starts. The nodes that are listed, and no
  /// others, may form one, with the promises of a majority of the list. List the same ones
  /// everywhere, and so many that every side of a cut that goes on has a majority of them: all
  /// nodes of a small cluster. 1 to 100.
  std::vector<std::string> seeds = {};

  /// What this node is for: MembershipView::with_role(). At most 100, of 1 to 255 bytes each.
  std::vector<std::string> roles = {};

  /// What others may want to know of it, such as its zone. At most 100; keys of 1 to 255 bytes,
  /// values of at most 255.
  std::map<std::string, std::string> labels = {};

  /// Which side of a cut goes on. The same on all nodes.
  SplitBrainSettings split_brain = keep_majority();

  /// When a silent member is accused, and when that is acted upon. The same on all nodes.
  DetectionSettings detection = {};

  /// How long a listed seed waits for the others before it asks for promises. Lower forms a first
  /// cluster sooner; higher finds one that there is more surely. Zero to an hour.
  Duration form_after = std::chrono::seconds(5);

  /// A cluster that has formed owns nothing before a majority of the seeds has been up in it for so
  /// long. At least seed_look_every, which is how it finds another one of its name.
  Duration settle_after = std::chrono::seconds(5);

  /// Pause between two looks at a seed that is in nobody's view. Lower finds it sooner; each costs
  /// one connection attempt. 1 ms to an hour.
  Duration seed_look_every = std::chrono::seconds(2);

  /// How many services this node may have enrolled at one time: Receptionist. Each takes some 300
  /// bytes on every member. 1 to 100,000.
  std::size_t services_max = 10'000;

  /// Called once when this life is down for its cluster, or cannot be sure not to be: it owns
  /// nothing any more, sends nothing to actors of other nodes, and its actors are being stopped.
  /// What is left to do is to shut the node down and to start it anew, so wake who does that. On a
  /// thread for continuations (continuation_threads_max). What it throws is passed over.
  std::function<void(std::string_view why)> on_condemned = {};

  /// Called once when this node can be in no cluster as it is set up: so many of the seeds say so
  /// that the others are no majority, as they have another name of the cluster, another authority,
  /// no version of the protocol in common with it, or do not know its key. Whoever waits in
  /// Cluster::joined() hears `refused`. It goes on asking; what is left to do is to end the
  /// process, as starting it anew does not help. On a thread for continuations. What it throws is
  /// passed over.
  std::function<void(std::string_view why)> on_refused = {};

  /// For nodes on one machine or one desk: five to ten times as fast.
  [[nodiscard]] static ClusterSettings local();
  /// Of Authority::redis.
  [[nodiscard]] static ClusterSettings redis(std::string url);

  /// Names the first setting that is out of its range, and the range. Any thread. Errors:
  /// `invalid_setting`.
  [[nodiscard]] Result<void> validate() const;
};

}  // namespace troupe
