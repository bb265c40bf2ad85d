// Tests of NextPlace: its owner puts cells in and takes them, another thread takes them away.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <troupe/actor/runtime/next_place.hpp>

namespace troupe::runtime {
namespace {

class NextPlaces : public ::testing::TestWithParam<bool> {
 protected:
  const bool has_heavy_barrier = enable_heavy_barrier() && GetParam();
};

TEST_P(NextPlaces, HoldOneCell) {
  Cell cells[2];
  NextPlace next(has_heavy_barrier);
  EXPECT_TRUE(next.empty());

  EXPECT_EQ(next.put(&cells[0]), nullptr);
  EXPECT_FALSE(next.empty());
  EXPECT_EQ(next.put(&cells[1]), &cells[0]);

  EXPECT_EQ(next.take(), &cells[1]);
  EXPECT_EQ(next.take(), nullptr);
  EXPECT_TRUE(next.empty());
}

TEST_P(NextPlaces, GiveTheCellToOneWhoTakesItAway) {
  Cell cell;
  NextPlace next(has_heavy_barrier);
  EXPECT_EQ(next.put(&cell), nullptr);

  EXPECT_EQ(next.take_away(), &cell);

  EXPECT_EQ(next.take_away(), nullptr);
  EXPECT_EQ(next.take(), nullptr);
  EXPECT_EQ(next.put(&cell), nullptr);
  EXPECT_EQ(next.take(), &cell);
}

/// Threads are the point: each cell comes out once for each time that it was put in.
TEST_P(NextPlaces, LoseNothingAndGiveNothingTwice) {
  constexpr std::size_t cell_count = 8;
  constexpr int puts = 1'000'000;
  std::array<Cell, cell_count> cells;
  std::array<int, cell_count> put{};
  std::array<std::atomic<int>, cell_count> taken{};
  std::atomic<bool> over{false};
  NextPlace next(has_heavy_barrier);
  const auto note = [&](const Cell* cell) {
    if (cell != nullptr) ++taken[static_cast<std::size_t>(cell - cells.data())];
  };

  std::thread other([&] {
    while (!over) note(next.take_away());
  });
  for (int i = 0; i < puts; ++i) {
    const auto number = static_cast<std::size_t>(i) % cell_count;
    note(next.put(&cells[number]));
    ++put[number];
    if (i % 4 != 0) note(next.take());
  }
  over = true;
  other.join();
  note(next.take());

  for (std::size_t i = 0; i < cell_count; ++i) EXPECT_EQ(taken[i], put[i]) << "cell " << i;
}

INSTANTIATE_TEST_SUITE_P(WithTheHeavyBarrierAndWithout, NextPlaces, ::testing::Bool());

}  // namespace
}  // namespace troupe::runtime
