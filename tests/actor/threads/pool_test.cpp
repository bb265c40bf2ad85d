// Tests of the pool of blocks: distinct, aligned, reused, and free to wander between threads.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <thread>
#include <troupe/actor/runtime/pool.hpp>
#include <vector>

namespace troupe::runtime {
namespace {

struct Block {
  void* memory;
  std::size_t size;
};

/// True when no byte belongs to two of them.
bool distinct(std::vector<Block> blocks) {
  std::ranges::sort(blocks, {}, &Block::memory);
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    const auto* end = static_cast<std::byte*>(blocks[i - 1].memory) + blocks[i - 1].size;
    if (end > blocks[i].memory) return false;
  }
  return true;
}

TEST(Pool, GivesDistinctBlocksOfEverySize) {
  std::vector<Block> blocks;
  for (std::size_t size = 1; size <= 2'048; ++size) blocks.push_back({pool_allocate(size), size});

  EXPECT_TRUE(distinct(blocks));
  for (const Block& block : blocks) std::memset(block.memory, 0xa5, block.size);
  for (const Block& block : blocks) pool_free(block.memory, block.size);
}

TEST(Pool, AlignsBlocks) {
  for (const std::size_t size : {1U, 32U, 64U, 96U, 128U, 500U, 1'024U, 1'025U, 5'000U}) {
    void* block = pool_allocate(size);
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    EXPECT_EQ(address % 32, 0U) << size;
    if (size % 64 == 0) {
      EXPECT_EQ(address % 64, 0U) << size;
    }
    pool_free(block, size);
  }
}

TEST(Pool, UsesABlockAgain) {
  if (!pools_blocks()) GTEST_SKIP() << "under AddressSanitizer every block is a new one";
  void* block = pool_allocate(200);
  pool_free(block, 200);
  void* again = pool_allocate(200);
  EXPECT_EQ(again, block);
  pool_free(again, 200);
}

TEST(Pool, TakesNoMoreMemoryForTheSameWorkAgain) {
  if (!pools_blocks()) GTEST_SKIP() << "under AddressSanitizer every block is a new one";
  std::vector<void*> blocks;
  std::size_t reserved = 0;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 10'000; ++i) blocks.push_back(pool_allocate(100));
    for (void* block : blocks) pool_free(block, 100);
    blocks.clear();
    if (round == 0) reserved = pool_stats().reserved_bytes;
  }
  EXPECT_EQ(pool_stats().reserved_bytes, reserved);
}

TEST(Pool, TakesBackWhatAnotherThreadHasAllocated) {
  if (!pools_blocks()) GTEST_SKIP() << "under AddressSanitizer every block is a new one";
  std::size_t reserved = 0;
  for (int round = 0; round < 10; ++round) {
    std::vector<void*> blocks;
    std::thread([&] {
      for (int i = 0; i < 5'000; ++i) blocks.push_back(pool_allocate(300));
    }).join();
    std::thread([&] {
      for (void* block : blocks) pool_free(block, 300);
    }).join();
    if (round == 0) reserved = pool_stats().reserved_bytes;
  }
  EXPECT_EQ(pool_stats().reserved_bytes, reserved);
}

TEST(Pool, TakesBackWhatAThreadFreesThatNeverAllocates) {
  if (!pools_blocks()) GTEST_SKIP() << "under AddressSanitizer every block is a new one";
  std::size_t reserved = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<void*> blocks;
    for (int i = 0; i < 500; ++i) blocks.push_back(pool_allocate(160));
    for (int i = 0; i < 500; ++i)
      std::thread([&] {
        pool_free(blocks.back(), 160);
        blocks.pop_back();
      }).join();
    if (round == 0) reserved = pool_stats().reserved_bytes;
  }
  EXPECT_EQ(pool_stats().reserved_bytes, reserved);
}

/// Threads are the point: blocks pass from one to another through a common bag, with a mark that
/// only their holder may have changed.
TEST(Pool, GivesNoBlockToTwoThreads) {
  std::mutex mutex;
  std::vector<Block> bag;
  std::atomic<int> broken{0};
  std::vector<std::thread> threads;
  for (unsigned char mark = 1; mark <= 3; ++mark) {
    threads.emplace_back([&, mark] {
      for (std::size_t i = 0; i < 20'000; ++i) {
        const Block block{pool_allocate(32 + i % 5 * 64), 32 + i % 5 * 64};
        std::memset(block.memory, mark, block.size);
        Block other{};
        {
          const std::lock_guard lock(mutex);
          bag.push_back(block);
          std::swap(bag[i % bag.size()], bag.back());
          if (bag.size() > 500) {
            other = bag.back();
            bag.pop_back();
          }
        }
        if (other.memory == nullptr) continue;
        const auto* bytes = static_cast<unsigned char*>(other.memory);
        if (std::count(bytes, bytes + other.size, bytes[0]) !=
            static_cast<std::ptrdiff_t>(other.size)) {
          ++broken;
        }
        pool_free(other.memory, other.size);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(broken, 0);
  EXPECT_TRUE(distinct(bag));
  for (const Block& block : bag) pool_free(block.memory, block.size);
}

}  // namespace
}  // namespace troupe::runtime
