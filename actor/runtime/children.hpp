// The children of an actor: in the turn of their parent, but those of the guardian, which has a
// lock.
#pragma once

#include <mutex>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

/// The lock of the guardian's list of children; nothing for other parents, whose turn protects
/// theirs.
[[nodiscard]] inline std::unique_lock<std::mutex> lock_children(SystemCore& core,
                                                                const Cell& parent) {
  return &parent == core.guardian ? std::unique_lock(core.guardian_mutex)
                                  : std::unique_lock<std::mutex>();
}

template <class F>
void for_each_child(Cell& cell, F function) {
  for (Cell* child = cell.youngest_child; child != nullptr;) {
    Cell* older = cell_of_number(child->next_sibling);
    function(*child);
    child = older;
  }
}

}  // namespace troupe::runtime
