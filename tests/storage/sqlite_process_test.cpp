// Processes that have a storage in SQLite, and are killed with it.
#include <gtest/gtest.h>
#include <algorithm>
#include <memory>
#include <sstream>
#include <string>
#include <troupe/base/random.hpp>
#include <troupe/persistence/sqlite_storage.hpp>
#include <vector>

#include "../integration/child_process.hpp"
#include "temporary_folder.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;

struct Said {
  std::string what;
  std::uint64_t last = 0;
  std::uint64_t cursor = 0;
};

Said hear(ChildProcess& writer) {
  const std::string line = writer.read_line(20s);
  Said said;
  std::istringstream(line) >> said.what >> said.last >> said.cursor;
  EXPECT_NE(said.what, "failed") << line;
  return said;
}

class SqliteProcess : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] std::unique_ptr<ChildProcess> start() const {
    return std::make_unique<ChildProcess>(
        STORAGE_WRITER, std::vector<std::string>{folder_.file("storage.db"), GetParam()});
  }
  const TemporaryFolder folder_;
};

TEST_P(SqliteProcess, KeepsWhatItHasAcknowledgedWhenItIsKilled) {
  Random random(7);
  Said acknowledged;
  for (int cycle = 0; cycle < 6 && !HasFailure(); ++cycle) {
    const std::unique_ptr<ChildProcess> writer = start();
    const Said found = hear(*writer);
    ASSERT_EQ(found.what, "open");
    EXPECT_GE(found.last, acknowledged.last);
    EXPECT_GE(found.cursor, acknowledged.cursor);
    acknowledged = found;
    for (std::uint64_t i = random.below(60); i > 0; --i) {
      const Said said = hear(*writer);
      acknowledged.last = said.last;
      acknowledged.cursor = std::max(acknowledged.cursor, said.cursor);
    }
    writer->kill();
  }
  EXPECT_GT(acknowledged.last, 100U);
}

TEST_P(SqliteProcess, NobodyElseHasItsFile) {
  const std::unique_ptr<ChildProcess> writer = start();
  ASSERT_EQ(hear(*writer).what, "open");

  const auto second = SqliteStorage::open({.path = folder_.file("storage.db")}, real_platform());
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().context().find("in use by process " + std::to_string(writer->pid())),
            std::string::npos)
      << second.error().context();
}

INSTANTIATE_TEST_SUITE_P(Durabilities, SqliteProcess, testing::Values("full", "normal"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace troupe::persistence
