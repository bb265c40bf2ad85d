// Tests of DeadlineHeap: the earliest of many deadlines, each of which can be taken out again.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <troupe/base/deadline_heap.hpp>
#include <troupe/base/random.hpp>

namespace troupe {
namespace {

using namespace std::chrono_literals;

TEST(DeadlineHeap, GivesTheEarliestFirst) {
  Deadline entries[5];
  DeadlineHeap heap;
  for (const int i : {3, 0, 4, 1, 2}) heap.add(entries[i], TimePoint(i * 1s));

  for (Deadline& entry : entries) {
    EXPECT_EQ(&heap.earliest(), &entry);
    heap.remove(entry);
  }
  EXPECT_TRUE(heap.empty());
}

TEST(DeadlineHeap, KnowsWhatIsIn) {
  Deadline entry;
  DeadlineHeap heap;
  EXPECT_FALSE(entry.armed());

  heap.add(entry, TimePoint(1s));
  EXPECT_TRUE(entry.armed());
  EXPECT_EQ(entry.at, TimePoint(1s));
  heap.remove(entry);

  EXPECT_FALSE(entry.armed());
  EXPECT_EQ(heap.size(), 0U);
}

TEST(DeadlineHeap, TakesOutWhatIsNotInWithoutHarm) {
  Deadline in;
  Deadline out;
  DeadlineHeap heap;
  heap.add(in, TimePoint(1s));
  heap.remove(out);
  EXPECT_EQ(heap.size(), 1U);
}

TEST(DeadlineHeap, KeepsEntriesWithTheSameTime) {
  Deadline entries[100];
  DeadlineHeap heap;
  for (Deadline& entry : entries) heap.add(entry, TimePoint(7s));
  EXPECT_EQ(heap.size(), 100U);
  for (int i = 0; i < 100; ++i) heap.remove(heap.earliest());
  EXPECT_TRUE(heap.empty());
}

TEST(DeadlineHeap, DoesWhatAMultimapDoes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    std::vector<std::unique_ptr<Deadline>> entries;
    for (int i = 0; i < 100; ++i) entries.push_back(std::make_unique<Deadline>());
    std::multimap<TimePoint, Deadline*> model;
    DeadlineHeap heap;
    for (int step = 0; step < 2'000; ++step) {
      Deadline& entry = *entries[random.below(entries.size())];
      if (entry.armed()) {
        std::erase_if(model, [&](const auto& one) { return one.second == &entry; });
        heap.remove(entry);
      } else {
        const TimePoint at(Duration(static_cast<Duration::rep>(random.below(50))));
        model.emplace(at, &entry);
        heap.add(entry, at);
      }
      ASSERT_EQ(heap.size(), model.size()) << "seed " << seed;
      if (model.empty()) continue;
      ASSERT_EQ(heap.earliest().at, model.begin()->first) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace troupe
