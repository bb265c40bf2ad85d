// Pool: memory for messages, actors and coroutine frames, from per-thread free lists of fixed
// sizes.
//
// A thread allocates and frees without a lock; whole chains of blocks pass between threads through
// a depot, one lock for `chain_blocks` blocks. Memory is reused, never given back: what the pool
// holds is the high-water mark of what was in use, which pool_stats() tells. Shared by the whole
// process; it holds no other state. In a library that is built with AddressSanitizer every block
// comes from operator new, so that a use after free is seen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <troupe/base/check.hpp>

namespace troupe::runtime {

inline constexpr std::size_t block_step = 32;         ///< Sizes are rounded up to a multiple of it.
inline constexpr std::size_t pooled_size_max = 1024;  ///< Larger blocks come from operator new.
inline constexpr std::size_t size_class_count = pooled_size_max / block_step + 1;
inline constexpr std::uint32_t chain_blocks = 128;  ///< Blocks that change threads together.

/// A free block. The first block of a chain in the depot also links to the next chain.
struct FreeBlock {
  FreeBlock* next;
  FreeBlock* next_chain;
  std::uint32_t chain_length;  ///< Of a first block's chain.
};

/// The free blocks of one size that belong to one thread. Whether blocks are pooled at all is up to
/// the library, whatever the flags of the code that includes this: it gives magazines no room.
struct Magazine {
  FreeBlock* head;
  std::int32_t room;  ///< For so many more; below 0 where a whole slab is in it. 0 until the
                      ///< library has first filled or emptied it.
};

struct PoolStats {
  std::size_t
      reserved_bytes;  ///< Taken from the operating system so far, for blocks of pooled sizes.
};

/// The whole process has the same, also where code is compiled with hidden visibility.
[[gnu::visibility(
    "default")]] inline constinit thread_local Magazine magazines[size_class_count] = {};

/// False where every block comes from operator new: in a build with AddressSanitizer.
[[nodiscard]] bool pools_blocks() noexcept;

/// Refills this thread's magazine and takes one block from it. Throws std::bad_alloc.
[[nodiscard]] void* allocate_slowly(std::size_t size);

/// The same, but null where there is no memory.
[[nodiscard]] void* try_allocate_slowly(std::size_t size) noexcept;

/// Takes a block that is not pooled back to operator delete; else makes room in a magazine for it.
void free_slowly(void* memory, std::size_t size) noexcept;

/// A block of at least `size` bytes, aligned to 32 bytes (to 64 where `size` is a multiple of 64).
/// Any thread; throws std::bad_alloc.
[[nodiscard]] inline void* pool_allocate(std::size_t size) {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (size_class < size_class_count) [[likely]] {
    Magazine& magazine = magazines[size_class];
    if (FreeBlock* block = magazine.head) [[likely]] {
      magazine.head = block->next;
      ++magazine.room;
      return block;
    }
  }
  return allocate_slowly(size);
}

/// The same, but null where there is no memory. Any thread.
[[nodiscard]] inline void* try_pool_allocate(std::size_t size) noexcept {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (size_class < size_class_count) [[likely]] {
    Magazine& magazine = magazines[size_class];
    if (FreeBlock* block = magazine.head) [[likely]] {
      magazine.head = block->next;
      ++magazine.room;
      return block;
    }
  }
  return try_allocate_slowly(size);
}

/// Gives a block back; `size` is what it was allocated with. Any thread.
inline void pool_free(void* memory, std::size_t size) noexcept {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (size_class < size_class_count) [[likely]] {
    Magazine& magazine = magazines[size_class];
    if (magazine.room > 0) [[likely]] {
      auto* block = static_cast<FreeBlock*>(memory);
      block->next = magazine.head;
      magazine.head = block;
      --magazine.room;
      return;
    }
  }
  free_slowly(memory, size);
}

[[nodiscard]] PoolStats pool_stats() noexcept;

}  // namespace troupe::runtime
