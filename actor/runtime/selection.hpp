// Selection: from the text of a path to a ref, of an actor here or on another node.
#pragma once

#include <string_view>
#include <troupe/actor/actor_ref.hpp>

namespace troupe::runtime {

class SystemCore;

/// As ActorSystem::try_find_any(). Any thread.
[[nodiscard]] Result<AnyRef> find_path(const SystemCore& core, std::string_view path);

/// As Context::try_select_any(). Any thread.
[[nodiscard]] Result<AnyRef> select_path(const SystemCore& core, std::string_view path);

}  // namespace troupe::runtime
