// Processes that have a storage in SQLite, and are killed with it.
#include <gtest/gtest.h>
#include <string>
#include <troupe/persistence/sqlite_storage.hpp>
#include <vector>

#include "../integration/child_process.hpp"
#include "killed_writer.hpp"
#include "temporary_folder.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;

class SqliteProcess : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] std::vector<std::string> arguments() const {
    return {GetParam(), folder_.file("storage.db")};
  }
  const TemporaryFolder folder_;
};

TEST_P(SqliteProcess, KeepsWhatItHasAcknowledgedWhenItIsKilled) {
  KilledWriter writer(STORAGE_WRITER, arguments(), 7);
  while (writer.lives() < 50) ASSERT_EQ(writer.live(), "");
  EXPECT_GT(writer.acknowledged(), 1'000U);
}

TEST_P(SqliteProcess, NobodyElseHasItsFile) {
  ChildProcess writer(STORAGE_WRITER, arguments());
  ASSERT_EQ(writer.read_line(20s), "open 0 0");

  const auto second = SqliteStorage::open({.path = folder_.file("storage.db")}, real_platform());
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().context().find("in use by process " + std::to_string(writer.pid())),
            std::string::npos)
      << second.error().context();
}

INSTANTIATE_TEST_SUITE_P(Durabilities, SqliteProcess, testing::Values("full", "normal"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace troupe::persistence
