// NeverDestroyed: objects that stay until the process ends, because refs, which keep nothing alive,
// point to them. A node makes as few and as small ones as it can. They are linked to each other so
// that a leak checker finds them, and for nothing else.
#pragma once

#include <atomic>
#include <utility>

namespace troupe::transport {

struct NeverDestroyed {
  NeverDestroyed* older = nullptr;
};

inline constinit std::atomic<NeverDestroyed*> newest_never_destroyed = nullptr;

/// Makes a T that lives as long as the process. Any thread.
template <class T, class... Args>
[[nodiscard]] T& make_never_destroyed(Args&&... args) {
  auto* made = new T(std::forward<Args>(args)...);
  NeverDestroyed* before = newest_never_destroyed.load(std::memory_order_relaxed);
  do {
    made->older = before;
  } while (!newest_never_destroyed.compare_exchange_weak(before, made, std::memory_order_release,
                                                         std::memory_order_relaxed));
  return *made;
}

}  // namespace troupe::transport
