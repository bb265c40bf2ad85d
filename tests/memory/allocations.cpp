#include "allocations.hpp"

#include <malloc.h>
#include <cstdlib>
#include <new>

namespace troupe {

thread_local std::size_t allocations_left = std::numeric_limits<std::size_t>::max();

thread_local std::size_t allocations_until_failure = std::numeric_limits<std::size_t>::max();

thread_local std::ptrdiff_t bytes_held = 0;

}  // namespace troupe

namespace {

void* allocate(std::size_t size, std::size_t alignment) noexcept {
  if (troupe::allocations_left == 0) return nullptr;
  if (troupe::allocations_left != std::numeric_limits<std::size_t>::max()) {
    --troupe::allocations_left;
  }
  if (troupe::allocations_until_failure != std::numeric_limits<std::size_t>::max() &&
      troupe::allocations_until_failure-- == 0) {
    return nullptr;
  }
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* const memory = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  troupe::bytes_held += static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
  return memory;
}
void release(void* memory) noexcept {
  troupe::bytes_held -= static_cast<std::ptrdiff_t>(::malloc_usable_size(memory));
  std::free(memory);
}
void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  void* const memory = allocate(size, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
constexpr std::size_t usual = alignof(std::max_align_t);

}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size, usual); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return allocate(size, usual);
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t& /*tag*/) noexcept {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t /*size*/) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept { release(memory); }
void operator delete(void* memory, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  release(memory);
}
