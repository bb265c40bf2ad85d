// Files that a storage in SQLite does not open, and says why; and what it does of itself.
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <troupe/persistence/rules/checksum.hpp>
#include <troupe/persistence/sqlite_storage.hpp>

#include "sqlite_faults.hpp"
#include "temporary_folder.hpp"

namespace troupe::persistence {
namespace {

class SqliteOpening : public testing::Test {
 protected:
  [[nodiscard]] std::string refusal(const std::string& path) const {
    const auto opened = SqliteStorage::open({.path = path, .reserve_bytes = 0}, quiet());
    EXPECT_FALSE(opened.ok());
    if (opened.ok()) return {};
    EXPECT_EQ(opened.error().code(), ErrorCode::invalid_setting);
    EXPECT_NE(opened.error().context().find(path), std::string::npos) << opened.error().context();
    return opened.error().context();
  }
  static Platform quiet() {
    Platform platform = real_platform();
    platform.log = null_log();
    return platform;
  }
  static void run(const std::string& path, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  void make() const {
    EXPECT_TRUE(SqliteStorage::open({.path = path_, .reserve_bytes = 0}, quiet()).ok());
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.file("storage.db");
};

TEST_F(SqliteOpening, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path_) << std::string(20'000, 'x');
  EXPECT_NE(refusal(path_).find("is no SQLite database"), std::string::npos);
}

TEST_F(SqliteOpening, RefusesADatabaseOfAnotherProgram) {
  run(path_, "CREATE TABLE t(a)");
  EXPECT_NE(refusal(path_).find("of another program"), std::string::npos);
}

TEST_F(SqliteOpening, RefusesAFileOfANewerVersion) {
  make();
  run(path_, "PRAGMA user_version = 2");
  EXPECT_NE(refusal(path_).find("has version 2"), std::string::npos);
}

TEST_F(SqliteOpening, RefusesAFileWhoseTablesAreOthers) {
  make();
  run(path_, "DROP TABLE queue_entry");
  EXPECT_NE(refusal(path_).find("tables"), std::string::npos);
}

TEST_F(SqliteOpening, RefusesAFileThatAnotherStorageOfThisProcessHas) {
  const auto first = SqliteStorage::open({.path = path_, .reserve_bytes = 0}, quiet());
  ASSERT_TRUE(first.ok()) << first.error().context();
  EXPECT_NE(refusal(path_).find("is in use by process"), std::string::npos);
  const std::string link = folder_.file("link.db");
  std::filesystem::create_symlink(path_, link);
  EXPECT_NE(refusal(link).find("is in use by process"), std::string::npos);
}

TEST_F(SqliteOpening, RefusesASecondStorageBehindALinkThatLedToNothing) {
  const std::string link = folder_.file("link.db");
  std::filesystem::create_symlink(folder_.file("real.db"), link);
  const auto first = SqliteStorage::open({.path = link, .reserve_bytes = 4'096}, quiet());
  ASSERT_TRUE(first.ok()) << first.error().context();
  EXPECT_NE(refusal(link).find("is in use by process"), std::string::npos);
  EXPECT_NE(refusal(folder_.file("real.db")).find("is in use by process"), std::string::npos);
  for (const char* beside : {"-wal", ".owner", ".reserve"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_.file("real.db") + beside)) << beside;
    EXPECT_FALSE(std::filesystem::exists(link + beside)) << beside;
  }
}

TEST_F(SqliteOpening, AChildOfAnEndedProcessDoesNotKeepTheFile) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  auto first = SqliteStorage::open({.path = path_, .reserve_bytes = 0}, quiet());
  ASSERT_TRUE(first.ok()) << first.error().context();
  const pid_t child = ::fork();
  char byte = 'x';
  if (child == 0) {  // Says that it is there, and lives until the other end is closed.
    ::close(ends[1]);
    const bool has_said = ::write(ends[0], &byte, 1) == 1;
    ::_exit(has_said && ::read(ends[0], &byte, 1) == 0 ? 0 : 1);
  }
  ::close(ends[0]);
  EXPECT_EQ(::read(ends[1], &byte, 1), 1);
  first = bad_setting("closed");
  EXPECT_TRUE(SqliteStorage::open({.path = path_, .reserve_bytes = 0}, quiet()).ok());
  ::close(ends[1]);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(SqliteOpening, RefusesAFileThatSomebodyReadsByOtherMeans) {
  make();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "BEGIN; SELECT * FROM queue", nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_NE(refusal(path_).find("another program has the database open"), std::string::npos);
  sqlite3_close(database);
  make();
}

TEST_F(SqliteOpening, RefusesAFolderThatIsNotThere) {
  EXPECT_NE(refusal(folder_.file("none/storage.db")).find("its folder"), std::string::npos);
}

TEST_F(SqliteOpening, RefusesSettingsThatMakeNoSense) {
  const auto refused = [&](const SqliteSettings& settings) {
    const auto opened = SqliteStorage::open(settings, quiet());
    return opened.ok() ? "opened" : opened.error().context();
  };
  EXPECT_NE(refused({}).find("path"), std::string::npos);
  EXPECT_NE(refused({.path = path_, .checkpoint_interval = Duration::zero()}).find("checkpoint"),
            std::string::npos);
  EXPECT_NE(refused({.path = path_, .file_bytes_max = 1}).find("file_bytes_max"),
            std::string::npos);
  EXPECT_NE(refused({.path = path_, .limits = {.batch_records_max = 0}}).find("batch_records_max"),
            std::string::npos);
  EXPECT_NE(refused({.path = path_, .limits = {.batch_bytes_max = 1}}).find("record_bytes_max"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST(SqliteLives, OwnersOfAnEarlierProcessAreGone) {
  FaultyStorage storage(1);
  ASSERT_TRUE(storage.open());
  Plain<ClaimQueue> queue;
  queue.queue = "orders";
  queue.incarnation = 1;
  Plain<ClaimJournal> journal;
  journal.key = "account";
  journal.incarnation = 1;
  storage.carry_out({&queue, &journal});
  queue.incarnation = journal.incarnation = 2;
  storage.carry_out({&queue, &journal});
  EXPECT_EQ(queue.outcome, Stored::owned);
  EXPECT_EQ(journal.outcome, Stored::owned);

  ASSERT_TRUE(storage.open());
  storage.carry_out({&queue, &journal});
  EXPECT_EQ(queue.outcome, Stored::stored);
  EXPECT_EQ(queue.token.epoch, 2U) << "epochs go on";
  EXPECT_EQ(journal.outcome, Stored::stored);
}

TEST(SqliteLives, OwnersLiveOnWhenTheFileIsOpenedAnewAfterAFailure) {
  FaultyStorage storage(1);
  ASSERT_TRUE(storage.open());
  Plain<ClaimQueue> queue;
  queue.queue = "orders";
  queue.incarnation = 1;
  storage.ask(queue);
  storage.disk.fail_sync_at(1);
  Plain<ControlQueue> control;
  control.queue = "orders";
  EXPECT_EQ(storage.ask(control), Stored::unknown);

  queue.incarnation = 2;
  EXPECT_EQ(storage.ask(queue), Stored::owned);
}

TEST(SqliteLives, ForgetsTheProducerThatHasNotAppendedForLongest) {
  FaultyStorage storage(1);
  ASSERT_TRUE(storage.open());
  Plain<AppendBatch> request;
  request.queue = "orders";
  request.records.add("x");
  request.batch = 1;
  for (request.producer = 1; request.producer <= producers_max; ++request.producer) {
    ASSERT_EQ(storage.ask(request), Stored::stored);
  }
  request.producer = 1;
  request.batch = 2;
  storage.ask(request);
  EXPECT_EQ(storage.core().counts().producers_forgotten, 0U);
  request.producer = producers_max + 1;
  storage.ask(request);
  EXPECT_EQ(storage.core().counts().producers_forgotten, 1U);

  // As the file has it, too: what is in memory is forgotten with a transaction that fails.
  storage.disk.fail_sync_at(1);
  request.batch = 3;
  EXPECT_EQ(storage.ask(request), Stored::unknown);
  request.batch = 2;
  request.producer = 1;
  EXPECT_EQ(storage.ask(request), Stored::again);
  request.producer = 2;
  request.batch = 1;
  EXPECT_EQ(storage.ask(request), Stored::stored) << "it was forgotten";
}

TEST(SqliteLives, ForgetsTheOldestDeadLettersPastTheLimit) {
  FaultyStorage storage(1);
  storage.settings().limits.dead_letters_max = 2;
  ASSERT_TRUE(storage.open());
  Plain<AppendBatch> appending;
  appending.queue = "orders";
  appending.producer = appending.batch = 1;
  for (const char* text : {"a", "b", "c"}) appending.records.add(text);
  Plain<ClaimQueue> claim;
  claim.queue = "orders";
  claim.incarnation = 1;
  storage.carry_out({&appending, &claim});
  Plain<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = claim.token;
  settling.number = 1;
  settling.through = 3;
  settling.dead = {{.number = 1}, {.number = 2}, {.number = 3}};
  ASSERT_EQ(storage.ask(settling), Stored::stored);

  Plain<ListDeadLetters> listing;
  listing.queue = "orders";
  storage.ask(listing);
  ASSERT_EQ(listing.letters.size(), 2U);
  EXPECT_EQ(listing.letters[0].record, "b");
  EXPECT_EQ(storage.core().counts().letters_forgotten, 1U);
}

TEST(SqliteLives, HasMoreQueuesThanItKeepsInMemory) {
  constexpr std::uint64_t queues = 66'000;
  FaultyStorage storage(1, Durability::normal);
  ASSERT_TRUE(storage.open());
  std::deque<Plain<AppendBatch>> appends(queues);
  std::vector<Operation*> group;
  for (std::uint64_t i = 0; i < queues; ++i) {
    appends[i].queue = std::to_string(i);
    appends[i].producer = appends[i].batch = 1;
    appends[i].records.add(std::to_string(i));
    group.push_back(&appends[i]);
    if (group.size() == 3'000) storage.carry_out(std::exchange(group, {}));
  }
  storage.carry_out(group);
  for (const auto& one : appends) ASSERT_EQ(one.outcome, Stored::stored) << one.queue;

  Plain<ReadQueue> reading;
  for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{40'000}, queues - 1}) {
    reading.queue = std::to_string(i);
    ASSERT_EQ(storage.ask(reading), Stored::stored);
    ASSERT_EQ(reading.messages.size(), 1U);
    EXPECT_EQ(reading.messages[0].record, reading.queue);
  }
}

TEST(SqliteLives, GivesTheWalsSpaceBack) {
  FaultyStorage storage(1);
  ASSERT_TRUE(storage.open());
  Plain<AppendBatch> request;
  request.queue = "orders";
  request.producer = 1;
  request.records.add(std::string(100'000, 'x'));
  Plain<ControlQueue> purge;
  purge.queue = "orders";
  purge.action = ControlQueue::Action::purge;
  for (int i = 0; i < 1'000; ++i) {
    ++request.batch;
    storage.carry_out({&request, &purge});
    ASSERT_EQ(request.outcome, Stored::stored) << request.why;
    storage.core().tend(storage.now);
  }
  EXPECT_LT(storage.disk.bytes(), 40U << 20U) << "of the 100 MB that came and went";
}

TEST(Crc32c, IsThatOfTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c("56789", crc32c("1234")), 0xe3069283U);
  EXPECT_EQ(crc32c(""), 0U);
}

}  // namespace
}  // namespace troupe::persistence
