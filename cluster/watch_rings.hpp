// WatchRings: who watches whom, computed alike by all who know the same members.
//
// Up to 11 members everybody watches everybody. Beyond that there are 10 rings, each in the order
// of a hash of its own, and on each a member watches the next one. They follow from the ranks
// alone, not from who is reachable: otherwise an accusation would change who may accuse.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <troupe/cluster/identity.hpp>
#include <utility>
#include <vector>

namespace troupe::cluster {

/// Who watches whom, by the places of members in the order of identities. Of the rings that made
/// it, until these change.
struct WatchGraph {
  std::vector<const Identity*> members;
  std::vector<std::size_t> first;      ///< Of each member, and the end: where its watched begin.
  std::vector<std::uint32_t> watched;  ///< Some may be there twice.

  /// The place of a member; that past the last one for others.
  [[nodiscard]] std::size_t place_of(const Identity& identity) const;
};

class WatchRings {
 public:
  static constexpr std::size_t ring_count = 10;

  WatchRings() = default;
  WatchRings(WatchRings&&) = default;
  WatchRings& operator=(WatchRings&&) = default;
  WatchRings(const WatchRings&) = delete;  // A graph leads into its own rings.
  WatchRings& operator=(const WatchRings&) = delete;
  ~WatchRings() = default;

  /// Neither does anything the second time.
  void insert(const Identity& identity);
  void erase(const Identity& identity);

  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }

  /// Whom `identity` watches, and who watches it, in the order of identities. None for a stranger.
  [[nodiscard]] std::vector<Identity> watched_by(const Identity& identity) const;
  [[nodiscard]] std::vector<Identity> watchers_of(const Identity& identity) const;
  [[nodiscard]] bool watches(const Identity& watcher, const Identity& subject) const;

  /// All of it at once. Takes as long as to look at all members, the first time after a change.
  [[nodiscard]] const WatchGraph& graph() const;

  /// All members. By identity.
  [[nodiscard]] const std::set<Identity>& members() const noexcept { return members_; }

 private:
  using Place = std::pair<std::uint64_t, Identity>;

  [[nodiscard]] static Place place(std::size_t ring, const Identity& identity) {
    return {mixed(identity.hash() + (ring + 1) * 0x9e3779b97f4a7c15U), identity};
  }
  [[nodiscard]] const Identity& next_on(std::size_t ring, const Identity& identity) const;
  [[nodiscard]] bool is_full_mesh() const noexcept { return members_.size() <= ring_count + 1; }
  [[nodiscard]] std::vector<Identity> all_but(const Identity& identity) const;

  std::set<Identity> members_;
  std::array<std::set<Place>, ring_count> rings_;
  mutable std::optional<WatchGraph> graph_;
};

}  // namespace troupe::cluster
