// Selection: from the text of a path to a ref, of an actor here or on another node.
#pragma once

#include <string_view>
#include <troupe/actor/ref.hpp>

namespace troupe::runtime {

class Cell;
class SystemCore;

/// The actor at a path such as "/user/manager/worker", or null. Any thread.
[[nodiscard]] Cell* find_actor(const SystemCore& core, std::string_view path);

/// As ActorSystem::try_find_any(). Any thread.
[[nodiscard]] Result<AnyRef> find_path(const SystemCore& core, std::string_view path);

/// As Context::try_select_any(). Any thread.
[[nodiscard]] Result<AnyRef> select_path(const SystemCore& core, std::string_view path);

}  // namespace troupe::runtime
