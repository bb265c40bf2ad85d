// The remote guardian, "/remote": the parent, on this node, of actors whose parents are on others.
// It makes them as those ask, and tells those of their failures and ends. It decides nothing
// itself, but ends the children of a node that is lost, and passes on decisions of no other node.
#pragma once

#include <string_view>
#include <troupe/actor/runtime/offers.hpp>

namespace troupe::runtime {

inline constexpr std::string_view remote_guardian_path = "/remote";

/// Lets other nodes have actors made here by this name. Errors: `invalid_name`, `name_taken`,
/// `shutdown`. Any thread.
[[nodiscard]] Result<void> offer(SystemCore& core, std::string_view name, Offers::Maker maker);

/// The remote guardian's cell; null before something was offered and after it has ended. Any
/// thread.
[[nodiscard]] Cell* find_remote_guardian(const SystemCore& core) noexcept;

}  // namespace troupe::runtime
