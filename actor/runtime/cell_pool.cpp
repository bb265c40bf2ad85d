#include <troupe/actor/runtime/cell_pool.hpp>

#include <sys/mman.h>
#include <array>
#include <atomic>
#include <mutex>
#include <new>
#include <troupe/actor/ref.hpp>
#include <utility>

namespace troupe::runtime {

constinit Cell nobody;

namespace {

constexpr std::uint32_t slab_cells = 4096;
constexpr std::uint32_t slab_count_max = cells_max / slab_cells;
constexpr std::uint32_t chain_cells = 64;

// Number 0 is never used, so that no id is 0.
struct Directory {
  std::mutex mutex;
  std::array<std::atomic<Cell*>, slab_count_max> slabs{};
  std::atomic<std::uint32_t> next_number{1};  // Released after the cells below it are made.
  Cell* chains = nullptr;  // First cells of chains; linked by `youngest_child`, within by `link`.
};

constinit Directory directory;

struct FreeCells {
  Cell* head;
  std::uint32_t count;
};

constinit thread_local FreeCells free_cells = {nullptr, 0};

std::uint32_t life_of(ActorId id) noexcept { return static_cast<std::uint32_t>(id); }

void give_chain(Cell* chain) noexcept {
  const std::lock_guard lock(directory.mutex);
  chain->youngest_child = directory.chains;
  directory.chains = chain;
}

/// Gives a thread's free cells to the directory when the thread ends. Cells that other destructors
/// of the thread free or take later pass it by.
struct FreeCellsKeeper {
  FreeCellsKeeper() noexcept = default;
  FreeCellsKeeper(const FreeCellsKeeper&) = delete;
  FreeCellsKeeper& operator=(const FreeCellsKeeper&) = delete;
  ~FreeCellsKeeper() {
    ended = true;
    if (free_cells.head != nullptr) give_chain(free_cells.head);
    free_cells = {nullptr, 0};
  }
  void keep() noexcept {}

  static inline constinit thread_local bool ended = false;
};

thread_local FreeCellsKeeper keeper;

/// Makes up to `chain_cells` new cells; null past the limit. With the directory's lock.
Cell* make_chain() noexcept {
  const std::uint32_t first = directory.next_number.load(std::memory_order_relaxed);
  if (first >= cells_max) return nullptr;
  std::atomic<Cell*>& slab = directory.slabs[first / slab_cells];
  if (slab.load(std::memory_order_relaxed) == nullptr) {
    void* memory = mmap(nullptr, sizeof(Cell) * slab_cells, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    slab.store(static_cast<Cell*>(memory), std::memory_order_release);
  }
  const std::uint32_t slab_end = (first / slab_cells + 1) * slab_cells;
  const std::uint32_t end = first + chain_cells < slab_end ? first + chain_cells : slab_end;
  Cell* chain = nullptr;
  for (std::uint32_t number = end; number-- > first;) {
    Cell* cell = new (slab.load(std::memory_order_relaxed) + number % slab_cells) Cell;
    cell->id.store((ActorId{number} << 32U) | 1U, std::memory_order_relaxed);
    cell->link = chain;
    chain = cell;
  }
  directory.next_number.store(end, std::memory_order_release);
  return chain;
}

Cell* take_chain() noexcept {
  const std::lock_guard lock(directory.mutex);
  if (Cell* chain = directory.chains) {
    directory.chains = chain->youngest_child;
    chain->youngest_child = nullptr;
    return chain;
  }
  return make_chain();
}

void refill() noexcept {
  free_cells.head = take_chain();
  for (const Cell* cell = free_cells.head; cell != nullptr; cell = cell->link) ++free_cells.count;
  if (!FreeCellsKeeper::ended) keeper.keep();
}

void spill() noexcept {
  Cell* chain = free_cells.head;
  Cell* last = chain;
  for (std::uint32_t i = 1; i < chain_cells; ++i) last = last->link;
  free_cells.head = last->link;
  free_cells.count -= chain_cells;
  last->link = nullptr;
  give_chain(chain);
}

/// The first of this thread's free cells, or null.
Cell* pop() noexcept {
  Cell* cell = free_cells.head;
  if (cell == nullptr) [[unlikely]]
    return nullptr;
  free_cells.head = cell->link;
  --free_cells.count;
  cell->link = nullptr;
  return cell;
}

Cell* allocate_slowly() noexcept {
  refill();
  Cell* const cell = pop();
  if (FreeCellsKeeper::ended && free_cells.head != nullptr) {
    give_chain(std::exchange(free_cells.head, nullptr));
    free_cells.count = 0;
  }
  return cell;
}

}  // namespace

Cell* allocate_cell() noexcept {
  if (free_cells.head == nullptr) [[unlikely]]
    return allocate_slowly();
  return pop();
}

void free_cell(Cell* cell) noexcept {
  const ActorId id = cell->id.load(std::memory_order_relaxed);
  if (life_of(id) == UINT32_MAX) [[unlikely]]
    return;  // Retired.
  cell->id.store(id + 1, std::memory_order_relaxed);
  cell->link = free_cells.head;
  if (free_cells.head == nullptr) [[unlikely]] {
    if (FreeCellsKeeper::ended) return give_chain(cell);
    keeper.keep();  // A thread may free cells and never take one.
  }
  free_cells.head = cell;
  if (++free_cells.count >= 2 * chain_cells) [[unlikely]]
    spill();
}

std::uint32_t cells_made() noexcept {
  return directory.next_number.load(std::memory_order_relaxed) - 1;
}

Cell* find_cell(ActorId id) noexcept { return cell_of_number(number_of(id)); }

Cell* cell_of_number(std::uint32_t number) noexcept {
  if (number == 0 || number >= directory.next_number.load(std::memory_order_acquire))
    return nullptr;
  return directory.slabs[number / slab_cells].load(std::memory_order_relaxed) + number % slab_cells;
}

}  // namespace troupe::runtime
