#include <troupe/actor/runtime/system_anchor.hpp>

#include <mutex>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {
namespace {

constinit std::mutex free_mutex;
constinit SystemAnchor* free_anchors = nullptr;
constinit SystemAnchor* retired_anchors = nullptr;

}  // namespace

void SystemAnchor::close() noexcept {
  core_.store(nullptr, std::memory_order_seq_cst);
  visitors_.for_each([](std::atomic<std::uint32_t>& visitors) {
    while (const std::uint32_t inside = visitors.load(std::memory_order_seq_cst)) {
      visitors.wait(inside, std::memory_order_seq_cst);
    }
    sees(&visitors);
  });
}

SystemAnchor* SystemAnchor::allocate() {
  const std::lock_guard lock(free_mutex);
  if (free_anchors == nullptr) return new SystemAnchor;
  SystemAnchor* anchor = free_anchors;
  free_anchors = anchor->next_free_;
  return anchor;
}

void SystemAnchor::free(SystemAnchor* anchor) noexcept {
  const std::lock_guard lock(free_mutex);
  anchor->next_free_ = free_anchors;
  free_anchors = anchor;
}

void SystemAnchor::retire(SystemAnchor* anchor, std::vector<std::shared_ptr<void>> lent) noexcept {
  const std::lock_guard lock(free_mutex);
  anchor->lent_ = std::move(lent);
  anchor->next_free_ = retired_anchors;
  retired_anchors = anchor;
}

}  // namespace troupe::runtime
