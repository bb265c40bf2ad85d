// KnownTypes: the message types that a system's actors accept or have sent to other nodes, with the
// types of the answers. Grows as actors of new classes are spawned, and is what a node tells others
// of its schemas. It is no registry to look handlers up in: an actor's class knows its own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <troupe/actor/ports/message_type.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace troupe::runtime {

/// The types of a protocol. A constant: its address names it.
using TypeList = std::span<const MessageType* const>;

/// Any thread.
class KnownTypes {
 public:
  /// Costs a look at one word or a few where the list was added before.
  void add(TypeList types) {
    if (types.empty()) return;
    std::atomic<const void*>* slot = find_slot(types.data());
    if (slot != nullptr && slot->load(std::memory_order_relaxed) != nullptr) return;
    for (const MessageType* type : types) add(*type);
    const void* none = nullptr;
    if (slot != nullptr) slot->compare_exchange_strong(none, types.data());
  }

  /// A type, and that of its answer. Of two with one key the first is known; where they differ, as
  /// two of one name in the unnamed namespaces of two files may, that is a clash.
  void add(const MessageType& type) {
    add_one(type);
    if (type.reply != nullptr) add_one(*type.reply);
  }

  /// Whether take_clashes() has any.
  [[nodiscard]] bool has_clashes() const noexcept {
    return has_clashes_.load(std::memory_order_relaxed);
  }
  /// The names that clash, each once, as was found since the last call.
  [[nodiscard]] std::vector<std::string_view> take_clashes() {
    const std::lock_guard lock(mutex_);
    has_clashes_.store(false, std::memory_order_relaxed);
    return std::exchange(new_clashes_, {});
  }

  [[nodiscard]] const MessageType* find(std::uint64_t key) const {
    const std::lock_guard lock(mutex_);
    const auto known = by_key_.find(key);
    return known != by_key_.end() ? known->second : nullptr;
  }

  /// In the order in which they became known.
  [[nodiscard]] std::vector<const MessageType*> all() const {
    const std::lock_guard lock(mutex_);
    return in_order_;
  }

  /// How many are known. Who has seen it grow finds the new ones.
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }

 private:
  void add_one(const MessageType& type) {
    if (type.decode == nullptr) return;
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = by_key_.emplace(type.key, &type);
    if (!is_new) return look_for_clash(*known->second, type);
    in_order_.push_back(&type);
    size_.store(in_order_.size(), std::memory_order_release);
  }

  /// With the lock.
  void look_for_clash(const MessageType& known, const MessageType& other) {
    if (known.fingerprint == other.fingerprint || !clashes_.insert(known.key).second) return;
    new_clashes_.push_back(known.name);
    has_clashes_.store(true, std::memory_order_relaxed);
  }

  /// The slot that has the list, or may take it; null when there is none left.
  [[nodiscard]] std::atomic<const void*>* find_slot(const void* list) noexcept {
    const std::uint64_t hash = reinterpret_cast<std::uintptr_t>(list) * 0x9e3779b97f4a7c15U;
    for (std::size_t i = 0; i < added_.size(); ++i) {
      std::atomic<const void*>& slot = added_[((hash >> 32U) + i) % added_.size()];
      const void* there = slot.load(std::memory_order_relaxed);
      if (there == nullptr || there == list) return &slot;
    }
    return nullptr;
  }

  std::array<std::atomic<const void*>, 512> added_{};  // Lists, so that they are not added again.
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, const MessageType*> by_key_;
  std::vector<const MessageType*> in_order_;
  std::atomic<std::size_t> size_{0};
  std::unordered_set<std::uint64_t> clashes_;  // Keys.
  std::vector<std::string_view> new_clashes_;
  std::atomic<bool> has_clashes_{false};
};

}  // namespace troupe::runtime
