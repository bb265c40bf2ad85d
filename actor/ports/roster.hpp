// Roster: the port through which the actor layer finds nodes by their roles. The cluster implements
// it; a system that is not that of a member has none.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ports/actor_id.hpp>
#include <troupe/base/result.hpp>
#include <vector>

namespace troupe::runtime {

/// Tells a follower, as a notice, that the roster is another one. At most one is on its way to
/// each; who takes it lets go of the token before it looks, so that no later change is missed.
struct RosterChanged {
  static constexpr bool local_message = true;
  std::shared_ptr<const void> token;
};

/// All functions are for any thread.
class Roster {
 public:
  /// Where the members are that are up, reachable, and have the role, this node among them if it
  /// has: each address once, in an order that is the same on all nodes. Errors: `node_unreachable`
  /// where there is none, which names the role and those that members have.
  [[nodiscard]] virtual Result<std::vector<NodeAddress>> with_role(std::string_view role) const = 0;

  /// Whose turn it is among those that have the role: one more each time that this is called for
  /// it, as long as somebody has it.
  [[nodiscard]] virtual std::uint64_t take_turn(std::string_view role) = 0;

  /// From now on tells this actor of the system RosterChanged, until it ends. Again: nothing.
  /// Errors: `limit_reached`.
  [[nodiscard]] virtual Result<void> follow(ActorId actor) = 0;

 protected:
  ~Roster() = default;
};

}  // namespace troupe::runtime
