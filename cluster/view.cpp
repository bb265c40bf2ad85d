#include <troupe/cluster/view.hpp>

#include <algorithm>

namespace troupe::cluster {

const Member* View::find(const Identity& identity) const {
  const auto at = std::ranges::lower_bound(
      members, identity, {}, [](const Member& member) { return member.record.identity; });
  return at != members.end() && at->record.identity == identity ? &*at : nullptr;
}

std::size_t View::up() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      members, [](const Member& member) { return member.record.rank == Rank::up; }));
}

std::vector<Identity> View::with_role(std::string_view role) const {
  std::vector<Identity> found;
  for (const Member& member : members) {
    const auto& roles = member.record.meta.roles;
    if (member.record.rank != Rank::up || member.is_unreachable) continue;
    if (std::ranges::find(roles, role) != roles.end()) found.push_back(member.record.identity);
  }
  return found;
}

}  // namespace troupe::cluster
