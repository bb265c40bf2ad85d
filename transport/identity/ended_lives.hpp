// EndedLives: which lives of other nodes are over for good: declared down, followed by another, or
// left. Such a life stays over while it is remembered, whatever it says later and however many
// lives follow. One that may come back, in another epoch, is not among them.
//
// Bounded: past the limit the life that ended first is forgotten, and would be met as a new one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/transport/node_identity.hpp>
#include <unordered_map>

namespace troupe::transport {

/// Any thread.
class EndedLives {
 public:
  /// Of at most so many lives; at least 1. Each costs about 150 bytes.
  explicit EndedLives(std::size_t lives_max) noexcept : lives_max_(lives_max) {}

  /// How a life has ended for this node.
  enum class Cause : std::uint8_t {
    declared_down,  ///< By this node, which was told to.
    lost,           ///< By this node, which was not: nothing was heard of it for too long.
    refuses_us,     ///< It holds this node for down, or for over.
    followed,       ///< Another incarnation was met at its address.
    left,           ///< It has said that it leaves.
    silent,         ///< Nothing was heard of it for forget_after.
  };

  /// Enters a life. False for one that is entered already.
  bool add(const NodeIdentity& life, Cause cause) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = lives_.try_emplace(life.to_string(), cause);
    if (!is_new) return false;
    order_.push_back(&entry->first);
    if (order_.size() > lives_max_) {
      lives_.erase(*order_.front());
      order_.pop_front();
      ++forgotten_;
    }
    return true;
  }

  [[nodiscard]] bool contains(const NodeIdentity& life) const {
    const std::lock_guard lock(mutex_);
    return lives_.contains(life.to_string());
  }

  /// By NodeIdentity::to_string(); none where it is not entered, or forgotten.
  [[nodiscard]] std::optional<Cause> find(const std::string& life) const {
    const std::lock_guard lock(mutex_);
    const auto known = lives_.find(life);
    return known != lives_.end() ? std::optional(known->second) : std::nullopt;
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return lives_.size();
  }
  /// How many were forgotten for want of room.
  [[nodiscard]] std::uint64_t forgotten() const {
    const std::lock_guard lock(mutex_);
    return forgotten_;
  }

 private:
  const std::size_t lives_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Cause> lives_;  // By NodeIdentity::to_string().
  std::deque<const std::string*> order_;          // Oldest first; elements of a map do not move.
  std::uint64_t forgotten_ = 0;
};

}  // namespace troupe::transport
