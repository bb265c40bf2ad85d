#include <troupe/transport/security/key_ring.hpp>

namespace troupe::transport {

KeyRing::KeyRing(SecuritySettings settings)
    : is_on_(settings.is_on()), settings_(std::move(settings)) {
  index_locked();
}

Result<void> KeyRing::replace(SecuritySettings settings) {
  if (settings.is_on() != is_on_) {
    return bad_setting(is_on_ ? "a node that has keys cannot go on without: start it anew"
                              : "this node was started without keys: give it keys when it starts");
  }
  const std::lock_guard lock(mutex_);
  settings_ = std::move(settings);
  index_locked();
  version_.fetch_add(1, std::memory_order_release);
  return {};
}

void KeyRing::index_locked() {
  owners_.clear();
  keys_.clear();
  for (const TrustedKey& one : settings_.trusted) {
    owners_.emplace(one.public_key, one.node);
    keys_[one.node].push_back(one.public_key);
  }
}

KeyPair KeyRing::own() const {
  const std::lock_guard lock(mutex_);
  return settings_.keys;
}

std::string KeyRing::owner_of(std::string_view public_key) const {
  const std::lock_guard lock(mutex_);
  const auto owner = owners_.find(public_key);
  return owner != owners_.end() ? std::string(owner->second) : std::string();
}

std::vector<std::string> KeyRing::keys_of(std::string_view node) const {
  const std::lock_guard lock(mutex_);
  const auto keys = keys_.find(node);
  return keys != keys_.end() ? keys->second : std::vector<std::string>();
}

Duration KeyRing::refusal_log_interval() const {
  const std::lock_guard lock(mutex_);
  return settings_.refusal_log_interval;
}

}  // namespace troupe::transport
