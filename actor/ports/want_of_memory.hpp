// Want of memory: what may run out of it on its way, where nobody can be told by an exception.
#pragma once

#include <utility>

namespace troupe::runtime {

/// Calls `function`, and says whether it has returned; what it throws is dropped. For what there
/// is no text about, because they might not find memory.
template <class F>
[[nodiscard]] bool succeeds(F&& function) noexcept {
  try {
    std::forward<F>(function)();
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace troupe::runtime
