// What a storage in SQLite does when its disk cannot be read in places, is full, or has failed to
// sync while nobody asks for anything; and where its path is a link.
#include <optional>
#include <string_view>

#include "sqlite_faults.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;

class SqliteRepair : public testing::Test {
 protected:
  void open(Durability durability = Durability::full, std::uint64_t reserve_bytes = 0) {
    storage_.emplace(1, durability, reserve_bytes);
    ASSERT_TRUE(storage_->open()) << storage_->why();
  }

  Stored append(const std::string& queue, std::string_view record) {
    Plain<AppendBatch> request;
    fill(request, queue, record);
    storage_->ask(request);
    why_ = request.why;
    return request.outcome;
  }

  void fill(AppendBatch& request, const std::string& queue, std::string_view record) {
    request.queue = queue;
    request.producer = 1;
    request.batch = ++batch_;
    request.records.clear();
    request.records.add(record);
  }

  std::size_t count(const std::string& queue) {
    Plain<ReadQueue> reading;
    reading.queue = queue;
    EXPECT_EQ(storage_->ask(reading), Stored::stored) << reading.why;
    return reading.messages.size();
  }

  /// The page with this text cannot be read any more.
  void lose(std::string_view text) {
    storage_->close();
    const auto place = storage_->disk.find("storage.db", text);
    ASSERT_TRUE(place.has_value());
    storage_->disk.lose_page("storage.db", *place);
    ASSERT_TRUE(storage_->open()) << storage_->why();
  }

  /// Of a storage that syncs at checkpoints only, with one message.
  void fail_a_checkpoint(std::uint64_t seed) {
    storage_.emplace(seed, Durability::normal);
    ASSERT_TRUE(storage_->open()) << storage_->why();
    ASSERT_EQ(append("a", "x"), Stored::stored);
    storage_->disk.fail_sync_at(1);
    storage_->now += 1s;
    storage_->core().tend(storage_->now);
    ASSERT_EQ(storage_->core().counts().failures, 1U);
  }

  std::optional<FaultyStorage> storage_;
  std::uint64_t batch_ = 0;
  std::string why_;
};

TEST_F(SqliteRepair, ARecordThatCannotBeReadStopsItsOwnerAlone) {
  open();
  append("a", std::string(9'000, '.') + "that nobody else has" + std::string(9'000, '.'));
  // SQLite reads a record as a whole to compare its key: those in the same page have a part in it.
  for (int i = 0; i < 20; ++i) append("a", std::string(18'000, '.'));
  append("b", "x");
  lose("that nobody else has");

  for (int i = 0; i < 100; ++i) {
    Plain<ReadQueue> reading;
    reading.queue = "a";
    Plain<AppendBatch> appending;
    fill(appending, "b", "x");
    storage_->carry_out({&reading, &appending});
    ASSERT_EQ(appending.outcome, Stored::stored) << appending.why;
    ASSERT_EQ(reading.outcome, Stored::damaged) << reading.why;
    EXPECT_NE(reading.why.find("queue 'a' cannot be read"), std::string::npos) << reading.why;
  }
  EXPECT_EQ(count("b"), 101U);
  EXPECT_LE(storage_->core().counts().failures, 1U);
}

TEST_F(SqliteRepair, ADiskThatIsAwayDamagesNothing) {
  open();
  append("a", std::string(20'000, 'x'));
  storage_->close();
  ASSERT_TRUE(storage_->open());
  storage_->disk.crash_now();
  Plain<ReadQueue> reading;
  reading.queue = "a";
  EXPECT_EQ(storage_->ask(reading), Stored::unavailable) << reading.why;
  storage_->disk.reboot();
  storage_->now += 10s;
  EXPECT_EQ(storage_->ask(reading), Stored::stored) << reading.why;
}

TEST_F(SqliteRepair, AReadThatFailsOnceIsDoneAgain) {
  open();
  append("a", std::string(20'000, 'x'));
  storage_->close();
  ASSERT_TRUE(storage_->open());
  Plain<ReadQueue> reading;
  reading.queue = "a";
  storage_->disk.fail_read_at(2);
  EXPECT_EQ(storage_->ask(reading), Stored::stored) << reading.why;
}

TEST_F(SqliteRepair, AFileThatFailsAgainAndAgainIsOpenedAnewWithPauses) {
  open();
  append("a", "x");
  storage_->disk.fail_sync_at(1);
  ASSERT_EQ(append("a", "x"), Stored::unknown);
  std::uint64_t syncs = storage_->disk.syncs();
  ASSERT_EQ(append("a", "x"), Stored::stored) << "at once: " << why_;
  syncs = storage_->disk.syncs() - syncs;

  storage_->disk.fail_sync_at(1);
  const std::uint64_t before = storage_->core().counts().failures;
  for (int i = 0; i < 100; ++i) {
    if (append("a", "x") == Stored::unknown) {
      storage_->disk.fail_sync_at(syncs);  // It can be opened, and not be written to.
    }
    storage_->now += 10ms;
  }
  const std::uint64_t failures = storage_->core().counts().failures - before;
  EXPECT_GT(failures, 2U);
  EXPECT_LT(failures, 10U) << "in a second";
  storage_->disk.fail_sync_at(0);
  storage_->now += 5s;
  EXPECT_EQ(append("a", "x"), Stored::stored) << why_;
}

TEST_F(SqliteRepair, WhatACheckpointFailedToSyncIsSyncedThoughNobodyAsks) {
  for (std::uint64_t seed = 1; seed <= 10 && !HasFailure(); ++seed) {
    fail_a_checkpoint(seed);
    EXPECT_LE(storage_->core().deadline(), storage_->now + 1s);
    for (int i = 0; i < 10; ++i) {
      storage_->now += 1s;
      storage_->core().tend(storage_->now);
    }
    ASSERT_TRUE(storage_->crash()) << storage_->why();
    EXPECT_EQ(count("a"), 1U);
  }
}

TEST_F(SqliteRepair, AnEndInOrderSyncsWhatACheckpointFailedTo) {
  for (std::uint64_t seed = 1; seed <= 10 && !HasFailure(); ++seed) {
    fail_a_checkpoint(seed);
    storage_->close();
    ASSERT_TRUE(storage_->crash()) << storage_->why();
    EXPECT_EQ(count("a"), 1U);
  }
}

TEST_F(SqliteRepair, AnEndThatCannotSyncSaysSo) {
  open(Durability::normal);
  append("a", "x");
  static_cast<void>(storage_->core().take_notes());
  storage_->disk.fail_sync_at(1);
  storage_->core().end();
  const std::vector<std::string> notes = storage_->core().take_notes();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("may not be on the disk"), std::string::npos) << notes[0];
}

TEST_F(SqliteRepair, TheWalOfAFileBehindALinkIsRepaired) {
  for (std::uint64_t seed = 1; seed <= 20 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    storage_.emplace(seed);
    storage_->disk.link("link.db", "real.db");
    storage_->settings().path = "link.db";
    ASSERT_TRUE(storage_->open()) << storage_->why();
    append("a", "x");
    storage_->disk.fail_sync_at(1);
    EXPECT_EQ(append("a", "x"), Stored::unknown);
    EXPECT_EQ(append("a", "x"), Stored::stored) << why_;
    ASSERT_TRUE(storage_->crash()) << storage_->why();
    EXPECT_EQ(count("a"), 3U);
  }
}

// Where a checkpoint has room, it makes good what a sync has lost; here it has none.
TEST_F(SqliteRepair, WhatIsAcknowledgedBehindASyncThatFailedSurvivesWithoutACheckpoint) {
  for (std::uint64_t seed = 1; seed <= 10 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    storage_.emplace(seed);
    ASSERT_TRUE(storage_->open()) << storage_->why();
    for (int i = 0; i < 20; ++i) ASSERT_EQ(append("a", std::string(90'000, 'x')), Stored::stored);
    storage_->disk.fail_sync_at(1);
    ASSERT_EQ(append("a", "x"), Stored::unknown);
    storage_->disk.let_grow("storage.db", false);
    Plain<ClaimQueue> claim;
    claim.queue = "a";
    claim.incarnation = 1;
    ASSERT_EQ(storage_->ask(claim), Stored::stored) << claim.why;
    storage_->disk.let_grow("storage.db", true);
    ASSERT_TRUE(storage_->crash()) << storage_->why();
    Plain<ShowQueue> showing;
    showing.queue = "a";
    ASSERT_EQ(storage_->ask(showing), Stored::stored) << showing.why;
    EXPECT_EQ(showing.state.owner, claim.token);
    EXPECT_GE(showing.state.books.stored, 20U);
  }
}

TEST_F(SqliteRepair, AWalThatCannotBeOpenedIsNotTakenForNone) {
  open();
  append("a", "x");
  storage_->disk.fail_sync_at(1);
  append("a", "x");
  storage_->disk.fail_open_of("storage.db-wal", 2);  // After SQLite itself.
  EXPECT_EQ(append("a", "x"), Stored::unavailable);
  storage_->now += 10s;
  EXPECT_EQ(append("a", "x"), Stored::stored) << why_;
}

TEST_F(SqliteRepair, AFileAtItsLimitWritesNothingWhileNothingIsTaken) {
  constexpr std::uint64_t reserve = 400 * 1'024;
  open(Durability::full, reserve);
  storage_->close();
  storage_->settings().file_bytes_max = std::uint64_t{1} << 20U;
  ASSERT_TRUE(storage_->open()) << storage_->why();
  while (append("a", std::string(10'000, 'x')) == Stored::stored) {
  }
  storage_->now += 10s;
  storage_->core().tend(storage_->now);  // What was taken goes from the WAL to the file.
  const std::uint64_t before = storage_->disk.bytes_written();
  std::size_t notes = 0;
  for (int second = 0; second < 60; ++second) {
    storage_->now += 1s;
    EXPECT_EQ(append("a", std::string(10'000, 'x')), Stored::storage_full);
    storage_->core().tend(storage_->now);
    notes += storage_->core().take_notes().size();
  }
  EXPECT_LT(storage_->disk.bytes_written() - before, reserve);
  EXPECT_LT(notes, 20U);
}

TEST_F(SqliteRepair, AFullDiskIsTriedLessAndLessOften) {
  constexpr std::uint64_t reserve = 400 * 1'024;
  open(Durability::full, reserve);
  storage_->disk.set_room(storage_->disk.bytes() + 50'000);
  while (append("a", std::string(10'000, 'x')) == Stored::stored) {
  }
  storage_->disk.set_room(storage_->disk.bytes() + reserve / 2);
  const std::uint64_t before = storage_->disk.bytes_written();
  for (int second = 0; second < 60; ++second) {
    storage_->now += 1s;
    EXPECT_EQ(append("a", std::string(10'000, 'x')), Stored::storage_full);
  }
  EXPECT_LT(storage_->disk.bytes_written() - before, 10 * reserve) << "in a minute";
}

TEST_F(SqliteRepair, APurgeIsDoneAtOnceAndItsRemovalLittleByLittle) {
  open();
  for (int i = 0; i < 200; ++i) ASSERT_EQ(append("a", std::string(50'000, 'x')), Stored::stored);
  storage_->core().tend(storage_->now);
  const std::uint64_t before = storage_->disk.bytes_written();
  Plain<ControlQueue> purge;
  purge.queue = "a";
  purge.action = ControlQueue::Action::purge;
  ASSERT_EQ(storage_->ask(purge), Stored::stored) << purge.why;
  EXPECT_EQ(purge.purged, 200U);
  EXPECT_LT(storage_->disk.bytes_written() - before, 500'000U);
  EXPECT_EQ(count("a"), 0U);
  ASSERT_EQ(append("a", "x"), Stored::stored);
  EXPECT_EQ(count("a"), 1U);

  // A process that ends in the midst of it leaves it to the next one.
  ASSERT_TRUE(storage_->crash()) << storage_->why();
  EXPECT_EQ(count("a"), 1U);
  int steps = 0;
  for (; steps < 100 && storage_->core().deadline() <= storage_->now; ++steps) {
    storage_->core().tend(storage_->now);
  }
  EXPECT_GE(steps, 4);
  EXPECT_LT(steps, 20);
  storage_->close();
  ASSERT_TRUE(storage_->open());
  const std::uint64_t room = storage_->disk.bytes();
  for (int i = 0; i < 150; ++i) ASSERT_EQ(append("b", std::string(50'000, 'x')), Stored::stored);
  storage_->close();
  EXPECT_LT(storage_->disk.bytes(), room + 1'000'000) << "the room is used again";
}

TEST_F(SqliteRepair, WhatIsSettledAfterAPurgeDoesNotWaitForItsRemoval) {
  open();
  for (int i = 0; i < 200; ++i) append("a", std::string(50'000, 'x'));
  Plain<ClaimQueue> claim;
  claim.queue = "a";
  claim.incarnation = 1;
  storage_->ask(claim);
  Plain<ControlQueue> purge;
  purge.queue = "a";
  purge.action = ControlQueue::Action::purge;
  storage_->ask(purge);
  append("a", "x");
  append("a", "y");
  Plain<SettleBatch> settling;
  settling.queue = "a";
  settling.token = claim.token;
  settling.number = 1;
  settling.through = 201;
  const std::uint64_t before = storage_->disk.bytes_written();
  ASSERT_EQ(storage_->ask(settling), Stored::stored) << settling.why;
  EXPECT_LT(storage_->disk.bytes_written() - before, 100'000U);
  EXPECT_EQ(count("a"), 1U);
}

TEST_F(SqliteRepair, AnOwnerIsWokenForWhatIsFoundStoredAfterAll) {
  open();
  Plain<ClaimQueue> claim;
  claim.queue = "a";
  claim.incarnation = 1;
  storage_->ask(claim);
  storage_->disk.fail_sync_at(1);
  Plain<AppendBatch> request;
  fill(request, "a", "x");
  ASSERT_EQ(storage_->ask(request), Stored::unknown);
  static_cast<void>(storage_->core().take_woken());
  ASSERT_EQ(storage_->ask(request), Stored::again) << request.why;
  EXPECT_EQ(storage_->core().take_woken(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace troupe::persistence
