#include <troupe/cluster/port/role_board.hpp>

#include <algorithm>
#include <set>
#include <troupe/base/printable.hpp>
#include <unordered_set>
#include <utility>

namespace troupe::cluster {
namespace {

/// Where turns are kept for so many roles, it is looked whether all of these are still somebody's;
/// then where there are twice as many.
constexpr std::size_t turns_looked_at_min = 16;

/// How many roles one error names.
constexpr std::size_t named_max = 20;

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

bool is_member(const View& view) {
  const Member* const own = view.find(view.self);
  return view.cluster != 0 && own != nullptr && own->record.rank <= Rank::exiting;
}

/// The roles of all members, in the order of the alphabet.
std::string names_of_roles(const View& view) {
  std::set<std::string_view> roles;
  for (const Member& member : view.members) {
    roles.insert(member.record.meta.roles.begin(), member.record.meta.roles.end());
  }
  std::string names;
  std::size_t named = 0;
  for (const std::string_view role : roles) {
    if (named == named_max) return names + " and " + std::to_string(roles.size() - named) + " more";
    names += (named++ == 0 ? "" : ", ") + quoted(role);
  }
  return names;
}

std::size_t count_with(const View& view, std::string_view role) {
  return static_cast<std::size_t>(std::ranges::count_if(view.members, [&](const Member& member) {
    const auto& roles = member.record.meta.roles;
    return std::ranges::find(roles, role) != roles.end();
  }));
}

/// Why nobody can be had who has the role.
std::string why_nobody(const View& view, std::string_view role) {
  if (!is_member(view)) {
    return "nobody is known to have the role " + quoted(role) +
           ", as this node is no member of a cluster, or none yet: await Cluster::joined()";
  }
  if (const std::size_t members = count_with(view, role); members != 0) {
    return "of the " + std::to_string(members) + " with the role " + quoted(role) +
           " no member is up and reachable";
  }
  const std::string known = names_of_roles(view);
  return "no member has the role " + quoted(role) + "; " +
         (known.empty() ? "no member has any: set ClusterSettings::roles"
                        : "the roles of members are: " + known);
}

}  // namespace

Result<std::vector<NodeAddress>> addresses_with(const View& view, std::string_view role) {
  std::vector<NodeAddress> found;
  std::unordered_set<std::string> known;  // Two lives at one address may be up for a moment.
  if (is_member(view)) {
    for (const Identity& identity : view.with_role(role)) {
      auto address = NodeAddress::parse(identity.address);
      if (address.ok() && known.insert(identity.address).second) {
        found.push_back(*std::move(address));
      }
    }
  }
  if (!found.empty()) return found;
  return Error(ErrorCode::node_unreachable, why_nobody(view, role), Execution::not_executed);
}

void RoleBoard::publish(std::shared_ptr<const View> view) {
  std::vector<std::pair<runtime::ActorId, std::shared_ptr<const void>>> told;
  {
    const std::lock_guard lock(mutex_);
    newest_ = std::move(view);
    for (auto& [actor, under_way] : followers_) {
      if (!under_way.expired()) continue;
      told.emplace_back(actor, std::make_shared<char>());
      under_way = told.back().second;
    }
  }
  for (auto& [actor, token] : told) {
    if (actors_.notify(actor, runtime::RosterChanged{std::move(token)})) continue;
    const std::lock_guard lock(mutex_);
    followers_.erase(actor);
  }
}

Result<std::vector<NodeAddress>> RoleBoard::with_role(std::string_view role) const {
  std::shared_ptr<const View> view;
  {
    const std::lock_guard lock(mutex_);
    view = newest_;
  }
  return addresses_with(*view, role);
}

std::uint64_t RoleBoard::take_turn(std::string_view role) {
  const std::lock_guard lock(mutex_);
  auto turn = turns_.find(role);
  if (turn != turns_.end()) return ++turn->second;
  if (turns_.size() >= turns_looked_at_) {
    std::erase_if(turns_,
                  [&](const auto& entry) { return count_with(*newest_, entry.first) == 0; });
    turns_looked_at_ = std::max(turns_looked_at_min, 2 * turns_.size());
  }
  turns_.emplace(role, 0);
  return 0;
}

Result<void> RoleBoard::follow(runtime::ActorId actor) {
  const std::lock_guard lock(mutex_);
  if (followers_.size() >= followers_max) {
    std::erase_if(followers_, [&](const auto& entry) { return !actors_.find_open(entry.first); });
  }
  if (followers_.size() >= followers_max && !followers_.contains(actor)) {
    return Error(ErrorCode::limit_reached,
                 "roles are followed by " + std::to_string(followers_max) + " actors already",
                 Execution::not_executed);
  }
  followers_.try_emplace(actor);
  return {};
}

std::size_t RoleBoard::followers() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      followers_, [this](const auto& entry) { return bool(actors_.find_open(entry.first)); }));
}

}  // namespace troupe::cluster
