#include <troupe/actor/actor_ref.hpp>

#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe {

std::string AnyRef::path() const {
  if (!*this) return "nobody";
  if (is_remote()) return remote()->path(remote_id());
  const runtime::SystemVisit core(cell()->anchor.load(std::memory_order_relaxed));
  return core ? runtime::path_of(*core, id_) : "/gone";
}

}  // namespace troupe
