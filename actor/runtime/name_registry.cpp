#include <troupe/actor/runtime/name_registry.hpp>

#include <charconv>
namespace troupe::runtime {

bool NameRegistry::reserve(ActorId parent, std::string_view name, ActorId id) {
  const std::lock_guard lock(mutex_);
  Key key{parent, std::string(name)};
  if (!ids_.try_emplace(key, id).second) return false;
  keys_.emplace(id, std::move(key));
  return true;
}

void NameRegistry::release(ActorId id) {
  const std::lock_guard lock(mutex_);
  const auto entry = keys_.find(id);
  if (entry == keys_.end()) return;
  ids_.erase(entry->second);
  Key key = std::move(entry->second);
  keys_.erase(entry);
  if (ended_order_.size() == remembered_names_max) {
    ended_.erase(ended_order_.front());
    ended_order_.pop_front();
  }
  ended_order_.push_back(id);  // First, so that what is remembered is also forgotten.
  ended_.emplace(id, std::move(key));
}

std::optional<ActorId> NameRegistry::find(ActorId parent, std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto entry = ids_.find(Key{parent, std::string(name)});
  if (entry == ids_.end()) return std::nullopt;
  return entry->second;
}

std::optional<std::string> NameRegistry::name_of(ActorId id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = keys_.find(id);
  if (entry == keys_.end()) return std::nullopt;
  return entry->second.name;
}

std::optional<NameRegistry::Key> NameRegistry::remembered(ActorId id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = ended_.find(id);
  if (entry == ended_.end()) return std::nullopt;
  return entry->second;
}

std::string unnamed(ActorId id) {
  char digits[16];
  char* const end = std::to_chars(digits, digits + sizeof digits, id, 16).ptr;
  return "$" + std::string(digits, end);
}

ActorId id_in_name(std::string_view name) {
  ActorId id = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), id, 16);
  return name == unnamed(id) ? id : 0;
}

}  // namespace troupe::runtime
