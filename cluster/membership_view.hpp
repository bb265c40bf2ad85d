// MembershipView: what one node knows of its cluster at one moment. An immutable value: copies
// share what they show, and nothing changes behind them.
//
//   troupe::MembershipView view = node.cluster().members();
//   if (view.may_own()) ...
//   for (const troupe::Member& member : view.members()) print(member.identity.to_string());
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/cluster/member_record.hpp>
#include <troupe/transport/node_identity.hpp>
#include <vector>

namespace troupe {

namespace cluster {
class View;
class ViewSlot;
}  // namespace cluster

using transport::NodeIdentity;
/// How far a member's life has gone; it never goes back.
using cluster::Rank;

/// One member, as a node sees it.
struct Member {
  NodeIdentity identity;
  Rank rank = Rank::joining;
  bool is_unreachable = false;  ///< A mark that may heal; not a rank.
  bool is_confirmed = false;    ///< All members know of it, so it counts in a majority.
  std::vector<std::string> roles;
  std::map<std::string, std::string> labels;
};

/// Any thread, but one object for one thread at a time.
class MembershipView {
 public:
  static constexpr bool local_message = true;

  /// Of a node that is in no cluster: version 0 and nobody.
  MembershipView();
  /// Of the cluster layer.
  explicit MembershipView(std::shared_ptr<const cluster::View> view) noexcept;
  explicit MembershipView(std::shared_ptr<cluster::ViewSlot> slot) noexcept;
  MembershipView(const MembershipView& other);
  MembershipView(MembershipView&& other) noexcept;
  MembershipView& operator=(MembershipView other) noexcept;
  ~MembershipView();

  /// Grows by one with each view of this node.
  [[nodiscard]] std::uint64_t version() const;
  /// Equal on two nodes where they agree on who is a member, how far and how sure.
  [[nodiscard]] std::uint64_t digest() const;
  /// The number of the cluster; 0 while this node is in none.
  [[nodiscard]] std::uint64_t cluster() const;
  /// Whether this node is a member, of whatever rank. Not before it has joined, or once it has
  /// left or is down.
  [[nodiscard]] bool is_member() const;
  /// A cluster that has just formed owns nothing before it is settled.
  [[nodiscard]] bool is_settled() const;
  /// Whether this node may claim that anything is its own, as of this view. Cluster::may_own()
  /// knows it for this moment.
  [[nodiscard]] bool may_own() const;

  [[nodiscard]] NodeIdentity self() const;
  /// The reachable member that came up first; none while there is none.
  [[nodiscard]] std::optional<NodeIdentity> leader() const;

  /// How many members are up, unreachable ones among them.
  [[nodiscard]] std::size_t up() const;
  /// All that are not removed, in the same order on all nodes. A copy: linear in their number.
  [[nodiscard]] std::vector<Member> members() const;
  /// Those that are up, reachable, and have the role.
  [[nodiscard]] std::vector<NodeIdentity> with_role(std::string_view role) const;
  /// None for who is not among the members.
  [[nodiscard]] std::optional<Member> find(const NodeIdentity& identity) const;

 private:
  [[nodiscard]] const cluster::View& view() const;

  // A view that is on its way to a subscriber is the newest one when it is looked at first.
  mutable std::shared_ptr<cluster::ViewSlot> slot_;
  mutable std::shared_ptr<const cluster::View> view_;
};

}  // namespace troupe
