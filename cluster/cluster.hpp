// Cluster: this node as a member of its cluster. Node::cluster() has it where
// NodeSettings::cluster is set.
//
//   troupe::Node node({.name = "a", .listen = "10.0.0.1:7001",
//                      .cluster = troupe::ClusterSettings{.seeds = {"a@10.0.0.1:7001"}}});
//   troupe::MembershipView view = node.cluster().joined(30s).get().value();
//   node.cluster().subscribe(placer);      // its Protocol has MembershipView
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <troupe/actor/accepts.hpp>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/future.hpp>
#include <troupe/cluster/cluster_counts.hpp>
#include <troupe/cluster/cluster_settings.hpp>
#include <troupe/cluster/leave_times.hpp>
#include <troupe/cluster/member_events.hpp>
#include <troupe/cluster/membership_view.hpp>
#include <troupe/cluster/receptionist.hpp>

namespace troupe {

struct Platform;
struct TransportSettings;
namespace runtime {
class LocalActors;
}
namespace transport {
class Transport;
}
namespace cluster {
class TableLink;
struct TableLinkSettings;
}  // namespace cluster

/// Any thread, handlers too, where nothing else is said.
class Cluster {
 public:
  /// What opens the link to the table of the members.
  using OpenTable =
      std::function<Result<std::unique_ptr<cluster::TableLink>>(cluster::TableLinkSettings)>;

  /// Of Node. Begins to look for the cluster; `seed` feeds its random choices, `times` are the
  /// longest that the steps of a leave may take. The settings are valid. The actors and the
  /// transport, whose port this takes, outlive it, but for their close(). By Authority::redis
  /// `open_table` is called once. Throws Failure with what that returns.
  Cluster(const runtime::LocalActors& actors, transport::Transport& transport,
          ClusterSettings settings, const LeaveTimes& times, std::uint64_t seed,
          const OpenTable& open_table);
  /// Once nothing happens on the links any more.
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// The settings of links between members: as they are given, but that who is not reached is
  /// dialled as often as the cluster's times ask for.
  [[nodiscard]] static TransportSettings links(TransportSettings given,
                                               const ClusterSettings& settings);
  /// How long others are told that this node leaves, once all is handed over.
  [[nodiscard]] static Duration farewell_max(const ClusterSettings& settings) noexcept;

  /// The newest view.
  [[nodiscard]] MembershipView members() const;
  [[nodiscard]] const NodeIdentity& self() const noexcept;

  /// Whether this node may claim at this moment that anything is its own: it is up, all know of it,
  /// its cluster is settled, it reaches what its split-brain strategy asks for, it was not paused
  /// just now, and nobody says that it is down. Falls as soon as a majority is silent, long before
  /// any decision; also where the thread of the links does not run.
  [[nodiscard]] bool may_own() const noexcept;

  /// Done with the first view in which this node is up. Errors: `timeout`; `shutdown` where it
  /// leaves first, `node_down` where it is condemned, `refused` when ClusterSettings::on_refused is
  /// called, `limit_reached` where 10,000 wait already.
  [[nodiscard]] Future<MembershipView> joined(Duration timeout);

  /// Sends the actor, which is one of this node's, the newest view now and whenever another one has
  /// come since it looked at the last: so no view waits behind another, and the newest is never
  /// lost, not even at a full mailbox, in whose bounds it does not count. Until the actor ends.
  /// Again: the newest view once more, for who was started anew. Errors: `limit_reached` past
  /// subscribers_max; `invalid_setting` for an actor of another node, or of another system.
  Result<void> subscribe(ActorRef<Accepts<MembershipView>> subscriber);
  static constexpr std::size_t subscribers_max = 10'000;

  /// Finds actors of the cluster by what they are for.
  [[nodiscard]] Receptionist& receptionist() noexcept;

  /// Called before this node leaves, while its actors still run and the others see it leaving; also
  /// where it is alone, but not before it is up, or once it is down. One hook after the other, in
  /// the order of their registration: the next once the future of the one before is done. All of
  /// them are to be done by the deadline that each is told, half of the time that a leave may take:
  /// then the leave goes on without those that are left, names them, and calls none any more. On a
  /// thread for continuations (SystemSettings::continuation_threads_max), so a hook may block it,
  /// and wait by Future::get(), but not for leave(), which waits for it. A hook of the same name
  /// takes the place of the former.
  ///
  ///   cluster.before_leaving("shards", [&](troupe::TimePoint by) { return move_shards(by); });
  ///
  /// Errors: `limit_reached` past hooks_max; `shutdown` where it leaves already.
  Result<void> before_leaving(std::string name, std::function<Future<void>(TimePoint by)> hook);
  static constexpr std::size_t hooks_max = 100;

  /// Begins to leave for good, as Node::shutdown() does, and waits for nothing: the others see this
  /// node leaving, it hands over, its actors are stopped and can still tell others so, and then it
  /// is gone for them. The node is to be shut down after that. Needs nobody's consent and is done
  /// by its deadline. Again: the same leave.
  [[nodiscard]] Future<LeaveReport> leave();
  /// Of Node: done once a leave that has begun does not wait for hooks any more.
  [[nodiscard]] Future<void> handed_over();

  /// A leave, be it under way or still to come, hands over nothing more: of the hooks that are left
  /// none is called, and the one that runs is not waited for. All of these count as not handed
  /// over.
  void skip_hand_over();
  /// Of a leave, so far: names of the hooks that failed, were not done in time, or did not get
  /// their turn.
  [[nodiscard]] std::vector<std::string> not_handed_over() const;

  /// An operator's word that this life of a node is over for ever. It is believed: who still runs
  /// is condemned. This node itself too. Nothing for who is no member.
  void down(const NodeIdentity& member);

  [[nodiscard]] ClusterCounts counts() const;

  /// Whether this life as a member is over: it has left, or is condemned.
  [[nodiscard]] bool has_ended() const noexcept;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe
