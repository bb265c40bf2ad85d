// KeyRing: the keys of one node as they are at this moment: its own, and whose it trusts. The I/O
// thread reads it while any other may replace what it holds.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <string_view>
#include <troupe/transport/security_settings.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// Any thread.
class KeyRing {
 public:
  /// `settings` are valid.
  explicit KeyRing(SecuritySettings settings);

  /// Whether the node has keys; as long as it lives.
  [[nodiscard]] bool is_on() const noexcept { return is_on_; }

  /// From now on the valid `settings` hold. Errors: `invalid_setting` where one of the two has
  /// keys and the other has none.
  [[nodiscard]] Result<void> replace(SecuritySettings settings);

  /// Counts the replacements.
  [[nodiscard]] std::uint64_t version() const noexcept {
    return version_.load(std::memory_order_acquire);
  }

  [[nodiscard]] KeyPair own() const;

  /// The node that may use this key; empty when it is trusted for none.
  [[nodiscard]] std::string owner_of(std::string_view public_key) const;

  /// Whether who holds the key may speak for this node: where there are keys, only its owner.
  [[nodiscard]] bool may_speak_for(std::string_view node, std::string_view public_key) const {
    return !is_on_ || owner_of(public_key) == node;
  }

  /// The keys that this node may use, in the order in which they were listed.
  [[nodiscard]] std::vector<std::string> keys_of(std::string_view node) const;

  [[nodiscard]] Duration refusal_log_interval() const;

 private:
  void index_locked();

  const bool is_on_;
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  SecuritySettings settings_;
  std::unordered_map<std::string_view, std::string_view> owners_;  // By key; views of settings_.
  std::unordered_map<std::string_view, std::vector<std::string>> keys_;  // By node.
};

}  // namespace troupe::transport
