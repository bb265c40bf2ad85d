// HeldTargets: the actors of a peer to which nothing is to be sent for now, because too much waits
// there, as the peer has named them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <troupe/transport/frame/frame.hpp>
#include <unordered_set>
#include <vector>

namespace troupe::transport {

/// Owner only.
class HeldTargets {
 public:
  /// Takes the place of all that was held. Returns how many were not held before.
  std::size_t set(const std::vector<Target>& targets) {
    HeldTargets next;
    std::size_t added = 0;
    for (const Target& target : targets) {
      if (!contains(target)) ++added;
      if (target.actor != 0) {
        next.actors_.insert(target.actor);
      } else {
        next.paths_.emplace(target.path);
      }
    }
    *this = std::move(next);
    return added;
  }

  [[nodiscard]] bool contains(const Target& target) const {
    if (empty()) return false;  // As nearly always, without a hash of the path.
    if (target.actor != 0) return actors_.contains(target.actor);
    return paths_.contains(target.path);
  }
  [[nodiscard]] bool empty() const noexcept { return actors_.empty() && paths_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return actors_.size() + paths_.size(); }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_set<std::uint64_t> actors_;
  std::unordered_set<std::string, TextHash, std::equal_to<>> paths_;
};

}  // namespace troupe::transport
