// A process that is killed within a handler, and those that go on with its messages.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "../integration/child_process.hpp"
#include "../storage/temporary_folder.hpp"

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;

/// What one process has said.
struct Life {
  std::vector<int> stored;
  std::vector<int> begun;
  bool is_idle = false;
};

class KilledProcess : public testing::Test {
 protected:
  /// Runs it until it ends, by itself or because it is killed.
  Life live(int first, int kill_at) {
    ChildProcess desk(ORDER_DESK,
                      {folder_.file("orders.db"), std::to_string(first), std::to_string(kill_at)});
    Life life;
    while (true) {
      std::string line;
      try {
        line = desk.read_line(30s);
      } catch (const std::runtime_error&) {
        break;  // It was killed.
      }
      std::istringstream words(line);
      std::string what;
      int number = 0;
      words >> what >> number;
      EXPECT_NE(what, "failed") << line;
      if (what == "stored") life.stored.push_back(number);
      if (what == "begun") life.begun.push_back(number);
      if (what == "idle") life.is_idle = true;
      if (life.is_idle || what == "failed") break;
    }
    if (life.is_idle) {
      EXPECT_EQ(desk.wait_for_end(30s), 0);
    }
    return life;
  }

  const persistence::TemporaryFolder folder_;
};

TEST_F(KilledProcess, LosesNoMessageAndKeepsTheirOrder) {
  std::vector<int> stored;
  std::vector<int> begun;
  const auto note = [&](const Life& life) {
    stored.insert(stored.end(), life.stored.begin(), life.stored.end());
    // Within a life each once, in order, and from no later than where the one before has ended.
    EXPECT_TRUE(std::ranges::is_sorted(life.begun));
    EXPECT_EQ(std::set<int>(life.begun.begin(), life.begun.end()).size(), life.begun.size());
    if (!begun.empty() && !life.begun.empty()) {
      EXPECT_LE(life.begun.front(), begun.back());
    }
    begun.insert(begun.end(), life.begun.begin(), life.begun.end());
    return life;
  };

  EXPECT_FALSE(note(live(1, 50)).is_idle);
  EXPECT_FALSE(note(live(0, 50)).is_idle);
  // Numbers of its own: the last that was stored may not have been said to be.
  EXPECT_FALSE(note(live(1'001, 1'030)).is_idle);
  EXPECT_TRUE(note(live(0, 0)).is_idle);

  const std::set<int> handled(begun.begin(), begun.end());
  for (const int number : stored) EXPECT_TRUE(handled.contains(number)) << number;
  EXPECT_GE(std::ranges::count(begun, 50), 3);
  EXPECT_GE(std::ranges::count(begun, 1'030), 2);
}

TEST_F(KilledProcess, IsNotEndedByTheSameMessageForEver) {
  EXPECT_FALSE(live(1, 50).is_idle);
  int lives = 1;
  while (lives < 20) {
    const Life life = live(0, 50);
    if (life.is_idle) break;
    ++lives;
  }
  EXPECT_EQ(lives, 7);
}

}  // namespace
}  // namespace troupe::durable_test
