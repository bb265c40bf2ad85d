// CellPool: where cells come from, and the directory that finds a cell by its number.
//
// Shared by the whole process and never unmapped, which is what makes refs safe to keep. A cell's
// id is its number and the count of its lives; a cell whose count is used up is retired, so that an
// id is never given twice.
#pragma once

#include <cstdint>
#include <troupe/actor/runtime/cell.hpp>

namespace troupe::runtime {

/// Limit of cells in one process; a spawn past it is refused with `limit_reached`.
inline constexpr std::uint32_t cells_max = std::uint32_t{1} << 26U;

/// A closed cell with an id of its own, or null past the limit. Any thread.
[[nodiscard]] Cell* allocate_cell() noexcept;

/// Takes an ended cell back; its id is never used again. Any thread; once per allocation.
void free_cell(Cell* cell) noexcept;

/// How many cells were made so far: as many as were ever in use at once, and some more for each
/// thread. Any thread.
[[nodiscard]] std::uint32_t cells_made() noexcept;

/// The number of the cell that has or had this id; 0 for nobody's.
[[nodiscard]] constexpr std::uint32_t number_of(ActorId id) noexcept {
  return static_cast<std::uint32_t>(id >> 32U);
}

/// The cell of this number, or null for one that was never given. Any thread.
[[nodiscard]] Cell* cell_of_number(std::uint32_t number) noexcept;

/// The cell that has or had this id, or null for an id that was never given. Any thread.
[[nodiscard]] Cell* find_cell(ActorId id) noexcept;

}  // namespace troupe::runtime
