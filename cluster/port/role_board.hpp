// RoleBoard: who has which role, as the actors of a member find it: by this node's newest view. It
// outlives the member where actors still look.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/actor/ports/roster.hpp>
#include <troupe/cluster/view.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::cluster {

/// The addresses of those that are up, reachable, and have the role: each once, in the order of
/// their identities. Errors: `node_unreachable`, which says what is known of the role.
[[nodiscard]] Result<std::vector<NodeAddress>> addresses_with(const View& view,
                                                              std::string_view role);

/// Any thread; no lock is held while others are told.
class RoleBoard final : public runtime::Roster {
 public:
  explicit RoleBoard(const runtime::LocalActors& actors) : actors_(actors) {}

  /// Whoever looks from now on sees it, and then followers are told. One thread.
  void publish(std::shared_ptr<const View> view);

  // Roster.
  [[nodiscard]] Result<std::vector<NodeAddress>> with_role(std::string_view role) const override;
  [[nodiscard]] std::uint64_t take_turn(std::string_view role) override;
  [[nodiscard]] Result<void> follow(runtime::ActorId actor) override;

  static constexpr std::size_t followers_max = 10'000;
  /// Those that live. Linear in all that there were since the last view.
  [[nodiscard]] std::size_t followers() const;

 private:
  const runtime::LocalActors actors_;
  mutable std::mutex mutex_;
  std::shared_ptr<const View> newest_ = std::make_shared<View>();
  // With the token of the notice that is on its way.
  std::unordered_map<runtime::ActorId, std::weak_ptr<const void>> followers_;
  std::map<std::string, std::uint64_t, std::less<>> turns_;  // By role.
  std::size_t turns_looked_at_ = 0;
};

}  // namespace troupe::cluster
