// A process with a persistent actor that is killed again and again, and those that go on.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "../integration/child_process.hpp"
#include "../storage/temporary_folder.hpp"

namespace troupe::persistent_test {
namespace {

using namespace std::chrono_literals;

class KilledKeeper : public testing::Test {
 protected:
  /// Runs it until it ends, or has said so many lines: then it is killed. The last line.
  std::string live(int before, int after, int lines_max = 1'000'000) {
    ChildProcess keeper(ACCOUNT_KEEPER, {folder_.file("bank.db"), "keep", std::to_string(before),
                                         std::to_string(after)});
    std::string last;
    for (int lines = 0; lines < lines_max; ++lines) {
      try {
        last = keeper.read_line(60s);
      } catch (const std::runtime_error&) {
        return last;  // It has killed itself.
      }
      EXPECT_NE(last.substr(0, 6), "failed") << last;
      if (last.starts_with("counts") || last.starts_with("failed")) {
        EXPECT_EQ(keeper.wait_for_end(30s), 0);
        return last;
      }
    }
    keeper.kill();
    return last;
  }

  const persistence::TemporaryFolder folder_;
};

TEST_F(KilledKeeper, CountsEachDepositOnce) {
  {
    ChildProcess sender(ACCOUNT_KEEPER, {folder_.file("bank.db"), "send"});
    EXPECT_EQ(sender.read_line(60s), "sent");
    EXPECT_EQ(sender.wait_for_end(30s), 0);
  }
  const std::vector<std::pair<int, int>> deaths = {{1, 0},   {0, 1},   {0, 64},  {65, 0},
                                                   {0, 128}, {300, 0}, {0, 300}, {0, 301}};
  for (const auto& [before, after] : deaths) {
    EXPECT_FALSE(live(before, after).starts_with("counts")) << before << " " << after;
  }
  // And wherever it just is.
  for (const int lines : {1, 7, 50, 100, 3}) {
    EXPECT_FALSE(live(0, 0, lines).starts_with("counts")) << lines;
  }
  EXPECT_EQ(live(0, 0), "counts 1000 500500 1");
}

}  // namespace
}  // namespace troupe::persistent_test
