#include <troupe/actor/runtime/role_routees.hpp>

namespace troupe::runtime {

RoleRoutees::Changes RoleRoutees::follow(const std::vector<NodeAddress>& nodes, const Find& find) {
  Changes changes;
  ++follows_;
  for (const NodeAddress& node : nodes) {
    const std::string address = node.to_string();
    Place& place = places_[address];
    place.seen = follows_;
    if (place.ref) continue;
    const AnyRef found = find(node);
    // Two addresses of one node may lead to one actor, which has one place.
    if (!found || !at_.try_emplace(found, address).second) continue;
    place.ref = found;
    changes.come.push_back({found, node});
  }
  std::erase_if(places_, [&](const auto& entry) {
    const Place& place = entry.second;
    if (place.seen == follows_) return false;
    if (place.ref) {
      changes.gone.push_back(place.ref);
      at_.erase(place.ref);
    }
    return true;
  });
  return changes;
}

void RoleRoutees::lose(const AnyRef& ref) {
  const auto lost = at_.find(ref);
  if (lost == at_.end()) return;
  places_.at(lost->second).ref = AnyRef();
  at_.erase(lost);
}

}  // namespace troupe::runtime
