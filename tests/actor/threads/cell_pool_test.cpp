// Tests of the pool of cells and of blocks for messages: what a thread frees is given back, whether
// or not it ever took any, and nothing is given out twice.

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/pool.hpp>
#include <troupe/testkit/probe.hpp>
#include <troupe/troupe.hpp>
#include <vector>

namespace troupe::runtime {
namespace {

using namespace std::chrono_literals;

TEST(CellPool, GetsBackWhatThreadsFreeThatNeverTakeAny) {
  const auto round = [] {
    std::vector<Cell*> cells;
    for (int i = 0; i < 10; ++i) cells.push_back(allocate_cell());
    std::thread([&] {
      for (Cell* cell : cells) free_cell(cell);
    }).join();
  };
  for (int i = 0; i < 100; ++i) round();
  const std::uint32_t before = cells_made();

  for (int i = 0; i < 1'000; ++i) round();

  EXPECT_EQ(cells_made(), before);
}

TEST(CellPool, GivesNoCellOutTwice) {
  std::vector<Cell*> cells;
  for (int i = 0; i < 1'000; ++i) cells.push_back(allocate_cell());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 10; ++t) {
    threads.emplace_back([&cells, t] {
      for (std::size_t i = t; i < cells.size(); i += 10) free_cell(cells[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::set<Cell*> seen;
  std::set<ActorId> ids;
  std::vector<Cell*> again;
  for (int i = 0; i < 3'000; ++i) again.push_back(allocate_cell());
  for (Cell* cell : again) {
    EXPECT_TRUE(seen.insert(cell).second);
    EXPECT_TRUE(ids.insert(cell->id.load()).second);
  }
  for (Cell* cell : again) free_cell(cell);
}

/// Takes and frees cells where its thread ends, after the pool has seen the thread's end.
struct Late {
  void use() noexcept {}
  ~Late() {
    std::vector<Cell*> cells;
    for (int i = 0; i < 3; ++i) cells.push_back(allocate_cell());
    for (Cell* cell : cells) free_cell(cell);
  }
};

TEST(CellPool, GetsBackWhatDestructorsOfAThreadFree) {
  const auto round = [] {
    std::thread([] {
      thread_local Late late;
      late.use();
      free_cell(allocate_cell());
    }).join();
  };
  for (int i = 0; i < 10; ++i) round();
  const std::uint32_t before = cells_made();

  for (int i = 0; i < 1'000; ++i) round();

  EXPECT_EQ(cells_made(), before);
}

struct Note {
  int number = 0;
};
struct Seen {
  using Reply = int;
};

class Reader : public Actor {
 public:
  using Protocol = Accepts<Note, Seen>;
  void on(Note) { ++count_; }
  int on(Seen) const { return count_; }

 private:
  int count_ = 0;
};

TEST(MessageBlocks, OfAnActorThatBlocksAreGivenBack) {
  if (!pools_blocks()) GTEST_SKIP() << "blocks are not pooled in this build";
  ActorSystem system("blocks", {.workers = 1});
  auto reader = system.spawn<Reader>("reader", with(blocking()));
  const auto round = [&] {
    for (int i = 0; i < 100; ++i) reader.tell(Note{i});
    ASSERT_TRUE(reader.ask(Seen{}, 20s).get().ok());
  };
  for (int i = 0; i < 50; ++i) round();
  const std::size_t before = pool_stats().reserved_bytes;

  for (int i = 0; i < 500; ++i) round();

  EXPECT_LE(pool_stats().reserved_bytes, before + 64 * 1024) << "some of one size at most";
}

TEST(MessageBlocks, OfThreadsThatOnlyFreeThemAreGivenBack) {
  if (!pools_blocks()) GTEST_SKIP() << "blocks are not pooled in this build";
  const auto round = [] {
    std::vector<void*> blocks;
    for (int i = 0; i < 10; ++i) blocks.push_back(pool_allocate(96));
    std::thread([&] {
      for (void* block : blocks) pool_free(block, 96);
    }).join();
  };
  for (int i = 0; i < 10; ++i) round();
  const std::size_t before = pool_stats().reserved_bytes;

  for (int i = 0; i < 2'000; ++i) round();

  EXPECT_EQ(pool_stats().reserved_bytes, before);
}

}  // namespace
}  // namespace troupe::runtime
