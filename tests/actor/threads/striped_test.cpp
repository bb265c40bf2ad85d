#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <troupe/actor/runtime/striped.hpp>

namespace troupe::runtime {
namespace {

TEST(Striped, SumsWhatAllThreadsHaveAdded) {
  Striped<std::uint64_t> count;

  count.own().fetch_add(1);
  for (int i = 0; i < 10; ++i) std::thread([&] { count.own().fetch_add(10); }).join();

  EXPECT_EQ(count.sum(), 101U);
}

TEST(Striped, HasEachOnACacheLineOfItsOwn) {
  Striped<std::uint32_t> count;
  std::set<std::uintptr_t> lines;

  count.for_each([&](std::atomic<std::uint32_t>& one) {
    lines.insert(reinterpret_cast<std::uintptr_t>(&one) / 64);
  });

  EXPECT_EQ(lines.size(), 8U);
}

TEST(Striped, GivesAThreadTheSameOneAlways) {
  Striped<std::uint32_t> count;

  const auto* const first = &count.own();
  std::thread([] { static_cast<void>(own_stripe()); }).join();

  EXPECT_EQ(&count.own(), first);
}

}  // namespace
}  // namespace troupe::runtime
