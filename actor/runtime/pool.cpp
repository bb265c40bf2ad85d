#include <troupe/actor/runtime/pool.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <new>
#include <utility>

namespace troupe::runtime {
namespace {

constexpr std::size_t slab_bytes = 64 * 1024;
constexpr std::align_val_t slab_alignment{64};

/// Chains of free blocks of one size that belong to no thread.
struct Depot {
  std::mutex mutex;
  FreeBlock* chains = nullptr;
};

constinit std::array<Depot, size_class_count> depots{};
constinit std::atomic<std::size_t> reserved_bytes{0};

void give_chain(std::size_t size_class, FreeBlock* chain, std::uint32_t length) noexcept {
  chain->chain_length = length;
  Depot& depot = depots[size_class];
  const std::lock_guard lock(depot.mutex);
  chain->next_chain = depot.chains;
  depot.chains = chain;
}

FreeBlock* take_chain(std::size_t size_class) noexcept {
  Depot& depot = depots[size_class];
  const std::lock_guard lock(depot.mutex);
  FreeBlock* chain = depot.chains;
  if (chain != nullptr) depot.chains = chain->next_chain;
  return chain;
}

/// Gives a thread's free blocks to the depot when the thread ends.
struct MagazineKeeper {
  MagazineKeeper() noexcept = default;
  MagazineKeeper(const MagazineKeeper&) = delete;
  MagazineKeeper& operator=(const MagazineKeeper&) = delete;
  ~MagazineKeeper() {
    for (std::size_t size_class = 0; size_class < size_class_count; ++size_class) {
      const Magazine& magazine = magazines[size_class];
      if (magazine.head != nullptr) give_chain(size_class, magazine.head, magazine.count);
      magazines[size_class] = {};
    }
  }
  void keep() noexcept {}
};

thread_local MagazineKeeper magazine_keeper;

FreeBlock* carve_slab(std::size_t size_class) {
  const std::size_t block_bytes = size_class * block_step;
  auto* slab = static_cast<std::byte*>(::operator new(slab_bytes, slab_alignment));
  reserved_bytes.fetch_add(slab_bytes, std::memory_order_relaxed);
  FreeBlock* head = nullptr;
  for (std::size_t at = slab_bytes / block_bytes; at-- > 0;) {
    head = new (slab + at * block_bytes) FreeBlock{head, nullptr, 0};
  }
  head->chain_length = static_cast<std::uint32_t>(slab_bytes / block_bytes);
  return head;
}

}  // namespace

void* allocate_slowly(std::size_t size) {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (!pools_blocks || size_class >= size_class_count) return ::operator new(size, slab_alignment);
  magazine_keeper.keep();
  FreeBlock* chain = take_chain(size_class);
  if (chain == nullptr) chain = carve_slab(size_class);
  magazines[size_class] = {chain->next, chain->chain_length - 1};
  return chain;
}

void free_slowly(void* memory, std::size_t size) noexcept {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (!pools_blocks || size_class >= size_class_count) {
    ::operator delete(memory, slab_alignment);
    return;
  }
  magazine_keeper.keep();
  Magazine& magazine = magazines[size_class];
  // What was freed last is still in the cache: it stays.
  FreeBlock* last = magazine.head;
  for (std::uint32_t i = 1; i < chain_blocks; ++i) last = last->next;
  FreeBlock* chain = std::exchange(last->next, nullptr);
  const std::uint32_t length = std::exchange(magazine.count, chain_blocks) - chain_blocks;
  give_chain(size_class, chain, length);
}

PoolStats pool_stats() noexcept {
  return {.reserved_bytes = reserved_bytes.load(std::memory_order_relaxed)};
}

}  // namespace troupe::runtime
