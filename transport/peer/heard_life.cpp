#include <troupe/transport/peer/heard_life.hpp>

#include <charconv>
#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::transport {

std::string unnamed_actor(std::uint64_t id) {
  char digits[16];
  return "$" + std::string(digits, std::to_chars(digits, digits + sizeof digits, id, 16).ptr);
}

std::string unnamed_type(std::uint64_t type_key) {
  return "type " + unnamed_actor(type_key).substr(1);
}

std::string HeardLife::type_name(std::uint64_t type_key) const {
  const std::lock_guard lock(mutex_);
  const auto entry = named_types_.find(type_key);
  return entry != named_types_.end() ? entry->second : unnamed_type(type_key);
}

void HeardLife::learn_type(std::uint64_t key, std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (named_types_.size() < named_types_max_)
    named_types_.emplace(key, printable(name, type_name_shown_max));
}

std::optional<std::string> HeardLife::path_of(std::uint64_t actor) const {
  const std::lock_guard lock(mutex_);
  return names_.path_of(actor);
}

bool HeardLife::learn_path(std::uint64_t actor, std::string_view path) {
  const std::lock_guard lock(mutex_);
  return names_.learn(actor, path);
}

HeardLife::Begun HeardLife::add_watch(std::uint64_t key, runtime::ActorId actor) {
  const std::lock_guard lock(mutex_);
  if (watches_.contains(key)) return Begun::before;
  if (watches_.size() >= inbound_watches_max) return Begun::not_at_all;
  watches_.emplace(key, actor);
  return Begun::now;
}

runtime::ActorId HeardLife::take_watch(std::uint64_t key) {
  const std::lock_guard lock(mutex_);
  const auto known = watches_.find(key);
  if (known == watches_.end()) return 0;
  const runtime::ActorId actor = known->second;
  watches_.erase(known);
  return actor;
}

std::unordered_map<std::uint64_t, runtime::ActorId> HeardLife::take_watches() {
  const std::lock_guard lock(mutex_);
  return std::exchange(watches_, {});
}

}  // namespace troupe::transport
