#include <troupe/transport/outgoing/actor_names.hpp>

#include <troupe/actor/actor_path.hpp>

namespace troupe::transport {

bool HeardNames::learn(std::uint64_t actor, std::string_view path) {
  if (path.size() > told_name_bytes_max) return false;
  const auto parsed = ActorPath::parse(path);
  if (!parsed.ok() || !parsed->node.name.empty()) return false;
  if (const auto known = by_actor_.find(actor); known != by_actor_.end()) {
    bytes_ -= known->second->path.size();
    known->second->path = path;
    names_.splice(names_.end(), names_, known->second);
  } else {
    by_actor_.emplace(actor, names_.insert(names_.end(), {actor, std::string(path)}));
  }
  bytes_ += path.size();
  while (names_.size() > heard_names_max || bytes_ > heard_names_bytes_max) {
    bytes_ -= names_.front().path.size();
    by_actor_.erase(names_.front().actor);
    names_.pop_front();
  }
  return true;
}

std::optional<std::string> HeardNames::path_of(std::uint64_t actor) const {
  const auto known = by_actor_.find(actor);
  return known != by_actor_.end() ? std::optional(known->second->path) : std::nullopt;
}

}  // namespace troupe::transport
