// SharedBlock: the allocator of what is shared by std::shared_ptr between the library and users'
// code. Where that is built with ThreadSanitizer, it sees the references that users' code lets go
// of, but not that the library, which has let go of the last one, has waited for that.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <troupe/base/hand_over.hpp>

namespace troupe::transport {

template <class T>
struct SharedBlock {
  using value_type = T;

  SharedBlock() = default;
  template <class U>
  explicit SharedBlock(const SharedBlock<U>& /*other*/) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* block, std::size_t count) noexcept {
    // The count of the references is one of its first words, which one is the standard library's.
    const std::size_t bytes = std::min<std::size_t>(count * sizeof(T), 64);
    for (std::size_t at = 0; at < bytes; at += 4) sees(reinterpret_cast<std::byte*>(block) + at);
    std::allocator<T>().deallocate(block, count);
  }

  friend bool operator==(const SharedBlock& /*a*/, const SharedBlock& /*b*/) noexcept {
    return true;
  }
};

[[nodiscard]] inline std::shared_ptr<std::byte[]> shared_copy(std::span<const std::byte> bytes) {
  auto copy =
      std::allocate_shared_for_overwrite<std::byte[]>(SharedBlock<std::byte>(), bytes.size());
  std::ranges::copy(bytes, copy.get());
  return copy;
}

}  // namespace troupe::transport
