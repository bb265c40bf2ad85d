// Pool: memory for messages, actors and coroutine frames, from per-thread free lists of fixed
// sizes.
//
// A thread allocates and frees without a lock; whole chains of blocks pass between threads through
// a depot, one lock for `chain_blocks` blocks. Memory is reused, never given back: what the pool
// holds is the high-water mark of what was in use, which pool_stats() tells. Shared by the whole
// process; it holds no other state. Under AddressSanitizer every block comes from operator new, so
// that a use after free is seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <troupe/base/check.hpp>

namespace troupe::runtime {

inline constexpr std::size_t block_step = 32;         ///< Sizes are rounded up to a multiple of it.
inline constexpr std::size_t pooled_size_max = 1024;  ///< Larger blocks come from operator new.
inline constexpr std::size_t size_class_count = pooled_size_max / block_step + 1;
inline constexpr std::uint32_t chain_blocks = 128;  ///< Blocks that change threads together.

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool pools_blocks = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool pools_blocks = false;
#else
inline constexpr bool pools_blocks = true;
#endif
#else
inline constexpr bool pools_blocks = true;
#endif

/// A free block. The first block of a chain in the depot also links to the next chain.
struct FreeBlock {
  FreeBlock* next;
  FreeBlock* next_chain;
  std::uint32_t chain_length;  ///< Of a first block's chain.
};

/// The free blocks of one size that belong to one thread.
struct Magazine {
  FreeBlock* head;
  std::uint32_t count;
};

struct PoolStats {
  std::size_t
      reserved_bytes;  ///< Taken from the operating system so far, for blocks of pooled sizes.
};

inline constinit thread_local Magazine magazines[size_class_count] = {};

/// Refills this thread's magazine and takes one block from it. Throws std::bad_alloc.
[[nodiscard]] void* allocate_slowly(std::size_t size);

/// Takes a block that is too large to be pooled back to operator delete, or spills a full magazine.
void free_slowly(void* block, std::size_t size) noexcept;

/// A block of at least `size` bytes, aligned to 32 bytes (to 64 where `size` is a multiple of 64).
/// Any thread; throws std::bad_alloc.
[[nodiscard]] inline void* pool_allocate(std::size_t size) {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (pools_blocks && size_class < size_class_count) [[likely]] {
    Magazine& magazine = magazines[size_class];
    if (FreeBlock* block = magazine.head) [[likely]] {
      magazine.head = block->next;
      --magazine.count;
      return block;
    }
  }
  return allocate_slowly(size);
}

/// Gives a block back; `size` is what it was allocated with. Any thread.
inline void pool_free(void* memory, std::size_t size) noexcept {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (pools_blocks && size_class < size_class_count) [[likely]] {
    Magazine& magazine = magazines[size_class];
    auto* block = static_cast<FreeBlock*>(memory);
    block->next = magazine.head;
    magazine.head = block;
    if (++magazine.count < 2 * chain_blocks) [[likely]]
      return;
  }
  free_slowly(memory, size);
}

[[nodiscard]] PoolStats pool_stats() noexcept;

}  // namespace troupe::runtime
