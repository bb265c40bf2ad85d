// WatchBook: who here watches whom on one other node, until the end is told or nobody wants to
// know.
#pragma once

#include <cstdint>
#include <optional>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace troupe::transport {

/// A watch, by the ref that the watcher knows.
struct Watch {
  AnyRef ref;
  runtime::ActorId watcher = 0;

  friend bool operator==(const Watch&, const Watch&) = default;
};

/// Each watch has a key, which names it on the wire and is not used again. What is watched is kept
/// from being forgotten. Owner only.
class WatchBook {
 public:
  /// The first key; no other book of this link's has had it, nor a later one.
  explicit WatchBook(std::uint64_t first_key = 1) : next_key_(first_key) {}

  /// Enters a watch and returns its key; 0 for one that is entered already.
  [[nodiscard]] std::uint64_t add(const Watch& watch) {
    const auto [entry, is_new] = keys_.try_emplace(watch, next_key_);
    if (!is_new) return 0;
    watches_.emplace(next_key_, watch);
    hold(watch);
    return next_key_++;
  }

  /// Forgets a watch and returns its key; 0 when there is none.
  [[nodiscard]] std::uint64_t remove(const Watch& watch) {
    const auto known = keys_.find(watch);
    if (known == keys_.end()) return 0;
    const std::uint64_t key = known->second;
    keys_.erase(known);
    watches_.erase(key);
    let_go(watch);
    return key;
  }

  /// Takes out the watch with this key; none when there is none.
  [[nodiscard]] std::optional<Watch> take(std::uint64_t key) {
    const auto known = watches_.find(key);
    if (known == watches_.end()) return std::nullopt;
    const Watch watch = known->second;
    watches_.erase(known);
    keys_.erase(watch);
    let_go(watch);
    return watch;
  }

  /// Moves the watch with this key in another book here, and returns its key here; 0 when there is
  /// none, or when it is entered here already. What is watched is never let go of meanwhile.
  [[nodiscard]] std::uint64_t adopt(WatchBook& other, std::uint64_t key) {
    const auto known = other.watches_.find(key);
    if (known == other.watches_.end()) return 0;
    const Watch watch = known->second;
    const std::uint64_t here = add(watch);
    static_cast<void>(other.remove(watch));
    return here;
  }

  [[nodiscard]] std::vector<Watch> take_all() {
    std::vector<Watch> all;
    all.reserve(watches_.size());
    for (const auto& [key, watch] : watches_) {
      let_go(watch);
      all.push_back(watch);
    }
    watches_.clear();
    keys_.clear();
    return all;
  }

  /// Takes out all but those with these keys.
  [[nodiscard]] std::vector<Watch> take_all_but(const std::unordered_set<std::uint64_t>& kept) {
    std::vector<Watch> taken;
    for (auto entry = watches_.begin(); entry != watches_.end();) {
      if (kept.contains(entry->first)) {
        ++entry;
        continue;
      }
      taken.push_back(entry->second);
      keys_.erase(entry->second);
      let_go(entry->second);
      entry = watches_.erase(entry);
    }
    return taken;
  }

  [[nodiscard]] std::size_t size() const noexcept { return watches_.size(); }

 private:
  static void hold(const Watch& watch) noexcept {
    if (watch.ref.is_remote()) watch.ref.remote()->hold();
  }
  static void let_go(const Watch& watch) noexcept {
    if (watch.ref.is_remote()) watch.ref.remote()->let_go();
  }

  struct Hash {
    std::size_t operator()(const Watch& watch) const noexcept {
      return std::hash<AnyRef>()(watch.ref) ^ (watch.watcher * 0x9e3779b97f4a7c15U);
    }
  };

  std::unordered_map<std::uint64_t, Watch> watches_;
  std::unordered_map<Watch, std::uint64_t, Hash> keys_;
  std::uint64_t next_key_;
};

}  // namespace troupe::transport
