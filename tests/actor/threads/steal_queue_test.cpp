// Tests of StealQueue: one worker puts in and takes the newest, others take the oldest.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <troupe/actor/runtime/steal_queue.hpp>
#include <vector>

namespace troupe::runtime {
namespace {

TEST(StealQueue, GivesTheOwnerTheNewestAndOthersTheOldest) {
  Cell cells[3];
  auto queue = std::make_unique<StealQueue>();
  for (Cell& cell : cells) EXPECT_TRUE(queue->push(&cell));

  EXPECT_EQ(queue->size(), 3);
  EXPECT_EQ(queue->take_oldest(), &cells[0]);
  EXPECT_EQ(queue->take_newest(), &cells[2]);
  EXPECT_EQ(queue->take_newest(), &cells[1]);
  EXPECT_EQ(queue->take_newest(), nullptr);
  EXPECT_EQ(queue->take_oldest(), nullptr);
  EXPECT_EQ(queue->size(), 0);
}

TEST(StealQueue, RefusesWhatDoesNotFit) {
  Cell cell;
  auto queue = std::make_unique<StealQueue>();
  for (int i = 0; i < 1'024; ++i) EXPECT_TRUE(queue->push(&cell));

  EXPECT_FALSE(queue->push(&cell));
  EXPECT_EQ(queue->take_oldest(), &cell);
  EXPECT_TRUE(queue->push(&cell));
}

TEST(StealQueue, ServesMoreThanItsCapacityInTheLongRun) {
  Cell cells[7];
  auto queue = std::make_unique<StealQueue>();
  for (int round = 0; round < 1'000; ++round) {
    for (Cell& cell : cells) ASSERT_TRUE(queue->push(&cell));
    for (Cell& cell : cells) ASSERT_EQ(queue->take_oldest(), &cell);
  }
}

TEST(StealQueue, NamesThePlaceOfTheOldest) {
  Cell cells[2];
  auto queue = std::make_unique<StealQueue>();
  EXPECT_EQ(queue->oldest(), -1);
  EXPECT_TRUE(queue->push(&cells[0]));
  const std::int64_t first = queue->oldest();
  EXPECT_TRUE(queue->push(&cells[1]));
  EXPECT_EQ(queue->oldest(), first);
  EXPECT_EQ(queue->take_oldest(), &cells[0]);
  EXPECT_NE(queue->oldest(), first);
}

/// Threads are the point: the owner pushes and takes, three others steal, and each cell comes out
/// once for each time that it was put in.
TEST(StealQueue, LosesNothingAndGivesNothingTwiceToThieves) {
  constexpr std::size_t cell_count = 64;
  constexpr int pushes = 100'000;
  auto cells = std::make_unique<Cell[]>(cell_count);
  auto queue = std::make_unique<StealQueue>();
  std::vector<std::atomic<int>> taken(cell_count);
  std::atomic<bool> over{false};
  const auto note = [&](const Cell* cell) { ++taken[static_cast<std::size_t>(cell - &cells[0])]; };

  std::vector<std::thread> thieves;
  for (int i = 0; i < 3; ++i) {
    thieves.emplace_back([&] {
      while (!over) {
        if (const Cell* cell = queue->take_oldest()) note(cell);
      }
    });
  }
  std::vector<int> put(cell_count);
  for (int i = 0; i < pushes; ++i) {
    const auto number = static_cast<std::size_t>(i) % cell_count;
    while (!queue->push(&cells[number])) {
      if (const Cell* cell = queue->take_newest()) note(cell);
    }
    ++put[number];
    if (i % 3 == 0) {
      if (const Cell* cell = queue->take_newest()) note(cell);
    }
  }
  while (const Cell* cell = queue->take_newest()) note(cell);
  over = true;
  for (std::thread& thief : thieves) thief.join();

  for (std::size_t i = 0; i < cell_count; ++i) EXPECT_EQ(taken[i], put[i]) << "cell " << i;
}

}  // namespace
}  // namespace troupe::runtime
