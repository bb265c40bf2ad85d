// Backups of a storage's file, made while it is used, and what is restored of them.
#include <filesystem>
#include <fstream>
#include <troupe/persistence/sqlite/sqlite_restore.hpp>
#include <troupe/persistence/sqlite_storage.hpp>

#include "storages.hpp"
#include "temporary_folder.hpp"

namespace troupe::persistence {
namespace {

class SqliteCopies : public testing::Test {
 protected:
  [[nodiscard]] static std::unique_ptr<SqliteStorage> open(const std::string& path) {
    Platform platform = real_platform();
    platform.log = null_log();
    auto opened = SqliteStorage::open({.path = path, .reserve_bytes = 0}, platform);
    EXPECT_TRUE(opened.ok()) << opened.error().context();
    return std::move(opened).value();
  }
  template <class Request>
  static Stored ask(Storage& storage, Request& request) {
    request.is_answered = false;
    storage.submit(request);
    EXPECT_TRUE(request.wait());
    return request.outcome;
  }
  void append(Storage& storage, const std::string& text) {
    Asked<AppendBatch> request;
    request.queue = "orders";
    request.producer = ++producers_;
    request.batch = 1;
    request.records.add(text);
    EXPECT_EQ(ask(storage, request), Stored::stored) << request.why;
  }
  static Token claim(Storage& storage, std::uint64_t instance) {
    Asked<ClaimQueue> request;
    request.queue = "orders";
    request.incarnation = this_node;
    request.instance = instance;
    EXPECT_EQ(ask(storage, request), Stored::stored) << request.why;
    return request.token;
  }
  static std::size_t waiting(Storage& storage) {
    Asked<ReadQueue> request;
    request.queue = "orders";
    EXPECT_EQ(ask(storage, request), Stored::stored) << request.why;
    return request.messages.size();
  }
  static void back_up(Storage& storage, const std::string& file) {
    Asked<BackUp> request;
    request.file = file;
    request.is_first = true;
    while (ask(storage, request) == Stored::stored && !request.is_end) request.is_first = false;
    EXPECT_TRUE(request.is_end) << request.why;
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("storage.db");
  const std::string backup_ = folder_.file("backup.db");

 private:
  std::uint64_t producers_ = 0;
};

TEST_F(SqliteCopies, HasWhatIsStoredWhileItIsMade) {
  const auto storage = open(path_);
  append(*storage, std::string(200'000, 'a'));  // Some 25 pages.
  Asked<BackUp> request;
  request.file = backup_;
  request.is_first = true;
  request.bytes_max = 1;  // One page at a time.
  std::size_t steps = 0;
  while (ask(*storage, request) == Stored::stored && !request.is_end) {
    request.is_first = false;
    if (++steps % 10 == 0) append(*storage, "b");
    ASSERT_LT(steps, 10'000U);
  }
  ASSERT_TRUE(request.is_end) << request.why;
  EXPECT_GT(steps, 20U);
  EXPECT_EQ(request.bytes_done, request.bytes_total);
  EXPECT_FALSE(std::filesystem::exists(backup_ + ".partial"));

  ASSERT_TRUE(check_sqlite_file(backup_).ok());
  EXPECT_EQ(waiting(*open(backup_)), 1 + steps / 10);
}

TEST_F(SqliteCopies, TakesNoPlaceOfWhatIsThere) {
  const auto storage = open(path_);
  std::ofstream(backup_) << "mine";
  Asked<BackUp> request;
  request.file = backup_;
  request.is_first = true;
  EXPECT_EQ(ask(*storage, request), Stored::refused);
  EXPECT_NE(request.why.find("is there already"), std::string::npos) << request.why;
  request.file = folder_.file("none/backup.db");
  EXPECT_EQ(ask(*storage, request), Stored::unavailable);
}

TEST_F(SqliteCopies, OneThatIsNotFinishedLeavesNothing) {
  const auto storage = open(path_);
  append(*storage, std::string(200'000, 'a'));
  Asked<BackUp> request;
  request.file = backup_;
  request.is_first = true;
  request.bytes_max = 1;
  EXPECT_EQ(ask(*storage, request), Stored::stored);
  EXPECT_FALSE(request.is_end);
  storage->close(std::chrono::seconds(5));
  EXPECT_FALSE(std::filesystem::exists(backup_));
  EXPECT_FALSE(std::filesystem::exists(backup_ + ".partial"));
}

TEST_F(SqliteCopies, ARestoredFileHasWhatTheBackupHadAndFencesWhoHadIt) {
  auto storage = open(path_);
  append(*storage, "a");
  const Token before = claim(*storage, 1);
  back_up(*storage, backup_);
  append(*storage, "b");
  const Token after = claim(*storage, 2);
  storage.reset();

  const auto restored = restore_sqlite(backup_, path_);
  ASSERT_TRUE(restored.ok()) << restored.error().context();
  EXPECT_EQ(restored->queues, 1U);

  storage = open(path_);
  EXPECT_EQ(waiting(*storage), 1U);
  for (const Token& former : {before, after}) {
    Asked<SettleBatch> request;
    request.queue = "orders";
    request.token = former;
    request.number = 1;
    request.through = 1;
    EXPECT_EQ(ask(*storage, request), Stored::fenced);
  }
  EXPECT_GT(claim(*storage, 3).epoch, after.epoch);
}

TEST_F(SqliteCopies, NothingIsRestoredBelowWhoHasTheFile) {
  const auto storage = open(path_);
  back_up(*storage, backup_);
  const auto restored = restore_sqlite(backup_, path_);
  ASSERT_FALSE(restored.ok());
  EXPECT_NE(restored.error().context().find("is in use by process"), std::string::npos);
  EXPECT_FALSE(check_sqlite_file(path_).ok());
}

TEST_F(SqliteCopies, ABackupThatIsDamagedOrNoneChangesNothing) {
  {
    const auto storage = open(path_);
    append(*storage, std::string(200'000, 'a'));
    back_up(*storage, backup_);
    append(*storage, "b");
  }
  {
    std::fstream file(backup_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8'192);
    file << std::string(8'192, 'x');
  }
  const std::string none = folder_.file("none.db");
  const std::string text = folder_.file("text");
  std::ofstream(text) << std::string(20'000, 'x');

  const auto damaged = restore_sqlite(backup_, path_);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().code(), ErrorCode::malformed);
  EXPECT_FALSE(restore_sqlite(none, path_).ok());
  EXPECT_FALSE(restore_sqlite(text, path_).ok());
  EXPECT_EQ(waiting(*open(path_)), 2U);
}

TEST_F(SqliteCopies, IsRestoredWhereThereWasNothing) {
  {
    const auto storage = open(path_);
    append(*storage, "a");
    back_up(*storage, backup_);
  }
  const std::string other = folder_.file("other.db");
  ASSERT_TRUE(restore_sqlite(backup_, other).ok());
  EXPECT_EQ(waiting(*open(other)), 1U);
}

}  // namespace
}  // namespace troupe::persistence
