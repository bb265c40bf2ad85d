#include <troupe/base/spinning_mutex.hpp>

#include <gtest/gtest.h>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe {
namespace {

TEST(SpinningMutex, LetsOneThreadInAtATime) {
  SpinningMutex mutex;
  long count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        const std::lock_guard lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 40'000);
}

TEST(SpinningMutex, IsNotGivenTwice) {
  SpinningMutex mutex;
  const std::lock_guard lock(mutex);
  bool given = true;
  std::thread([&] { given = mutex.try_lock(); }).join();
  EXPECT_FALSE(given);
}

TEST(SpinningMutex, WaitsForAsLongAsItIsHeld) {
  SpinningMutex mutex;
  std::unique_lock lock(mutex);
  bool is_free = false;  // Guarded by the mutex.
  std::thread other([&] {
    const std::lock_guard second(mutex);
    EXPECT_TRUE(is_free);
  });
  for (int n = 0; n < 10 * SpinningMutex::looks_max; ++n) std::this_thread::yield();
  is_free = true;
  lock.unlock();
  other.join();
}

}  // namespace
}  // namespace troupe
