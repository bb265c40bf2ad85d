// Immortals: objects that are never destroyed, because refs, which keep nothing alive, point to
// them. A node makes as few and as small ones as it can. They are linked to each other so that a
// leak checker finds them, and for nothing else.
#pragma once

#include <atomic>
#include <utility>

namespace troupe::transport {

struct Immortal {
  Immortal* older = nullptr;
};

inline constinit std::atomic<Immortal*> newest_immortal = nullptr;

/// Makes a T that lives as long as the process. Any thread.
template <class T, class... Args>
[[nodiscard]] T& make_immortal(Args&&... args) {
  auto* made = new T(std::forward<Args>(args)...);
  Immortal* before = newest_immortal.load(std::memory_order_relaxed);
  do {
    made->older = before;
  } while (!newest_immortal.compare_exchange_weak(before, made, std::memory_order_release,
                                                  std::memory_order_relaxed));
  return *made;
}

}  // namespace troupe::transport
