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
constexpr std::int32_t magazine_blocks = 2 * chain_blocks;  // That a magazine has room for.

#if defined(__SANITIZE_ADDRESS__)
constexpr bool pooling = false;
#elif defined(__has_feature)
constexpr bool pooling = !__has_feature(address_sanitizer);
#else
constexpr bool pooling = true;
#endif

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

/// How many blocks are in a magazine.
std::uint32_t count_of(const Magazine& magazine) noexcept {
  if (magazine.head == nullptr) return 0;
  return static_cast<std::uint32_t>(magazine_blocks - magazine.room);
}

/// Gives a thread's free blocks to the depot when the thread ends. What is freed and allocated on
/// it later, by other destructors, passes its magazines by.
struct MagazineKeeper {
  MagazineKeeper() noexcept = default;
  MagazineKeeper(const MagazineKeeper&) = delete;
  MagazineKeeper& operator=(const MagazineKeeper&) = delete;
  ~MagazineKeeper() {
    ended = true;
    for (std::size_t size_class = 0; size_class < size_class_count; ++size_class) {
      const Magazine& magazine = magazines[size_class];
      if (magazine.head != nullptr) give_chain(size_class, magazine.head, count_of(magazine));
      magazines[size_class] = {};
    }
  }
  void keep() noexcept {}

  static inline constinit thread_local bool ended = false;
};

thread_local MagazineKeeper magazine_keeper;

/// Null where there is no memory.
FreeBlock* carve_slab(std::size_t size_class) noexcept {
  const std::size_t block_bytes = size_class * block_step;
  auto* slab = static_cast<std::byte*>(::operator new(slab_bytes, slab_alignment, std::nothrow));
  if (slab == nullptr) return nullptr;
  reserved_bytes.fetch_add(slab_bytes, std::memory_order_relaxed);
  FreeBlock* head = nullptr;
  for (std::size_t at = slab_bytes / block_bytes; at-- > 0;) {
    head = new (slab + at * block_bytes) FreeBlock{head, nullptr, 0};
  }
  head->chain_length = static_cast<std::uint32_t>(slab_bytes / block_bytes);
  return head;
}

}  // namespace

bool pools_blocks() noexcept { return pooling; }

void* allocate_slowly(std::size_t size) {
  void* const memory = try_allocate_slowly(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* try_allocate_slowly(std::size_t size) noexcept {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (!pooling || size_class >= size_class_count) {
    return ::operator new(size, slab_alignment, std::nothrow);
  }
  FreeBlock* chain = take_chain(size_class);
  if (chain == nullptr) chain = carve_slab(size_class);
  if (chain == nullptr) return nullptr;
  const std::uint32_t rest = chain->chain_length - 1;
  if (MagazineKeeper::ended) {
    if (rest != 0) give_chain(size_class, chain->next, rest);
    return chain;
  }
  magazine_keeper.keep();
  magazines[size_class] = {chain->next, magazine_blocks - static_cast<std::int32_t>(rest)};
  return chain;
}

void free_slowly(void* memory, std::size_t size) noexcept {
  const std::size_t size_class = (size + block_step - 1) / block_step;
  if (!pooling || size_class >= size_class_count) {
    ::operator delete(memory, slab_alignment);
    return;
  }
  auto* block = new (memory) FreeBlock{nullptr, nullptr, 0};
  if (MagazineKeeper::ended) return give_chain(size_class, block, 1);
  magazine_keeper.keep();
  Magazine& magazine = magazines[size_class];
  if (magazine.head != nullptr) {
    // It is full. What was freed last is still in the cache: it stays.
    FreeBlock* last = magazine.head;
    for (std::uint32_t i = 1; i < chain_blocks; ++i) last = last->next;
    const std::uint32_t count = count_of(magazine);
    give_chain(size_class, std::exchange(last->next, nullptr), count - chain_blocks);
    magazine.room = magazine_blocks - static_cast<std::int32_t>(chain_blocks);
  } else {
    magazine.room = magazine_blocks;
  }
  block->next = magazine.head;
  magazine.head = block;
  --magazine.room;
}

PoolStats pool_stats() noexcept {
  return {.reserved_bytes = reserved_bytes.load(std::memory_order_relaxed)};
}

}  // namespace troupe::runtime
