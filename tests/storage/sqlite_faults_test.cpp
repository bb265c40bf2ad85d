// What a storage in SQLite does when its disk fails, fills up, or gives back other bytes.
#include "sqlite_faults.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;

class SqliteFaults : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(storage_.open()) << storage_.why(); }

  Stored append(const std::string& queue, std::uint64_t bytes = 10) {
    Plain<AppendBatch> request;
    request.queue = queue;
    request.producer = 1;
    request.batch = ++batch_;
    request.records.add(std::string(bytes, 'x'));
    storage_.ask(request);
    why_ = request.why;
    return request.outcome;
  }

  Token claim(const std::string& queue) {
    Plain<ClaimQueue> request;
    request.queue = queue;
    request.incarnation = 1;
    EXPECT_EQ(storage_.ask(request), Stored::stored) << request.why;
    return request.token;
  }

  Stored settle(const std::string& queue, const Token& token, std::uint64_t number,
                std::uint64_t through) {
    Plain<SettleBatch> request;
    request.queue = queue;
    request.token = token;
    request.number = number;
    request.through = through;
    storage_.ask(request);
    why_ = request.why;
    return request.outcome;
  }

  FaultyStorage storage_{1, Durability::full, 400 * 1'024};
  std::uint64_t batch_ = 0;
  std::string why_;
};

TEST_F(SqliteFaults, ASyncThatFailsLeavesTheGroupUnknownAndTheStorageUsable) {
  append("orders");
  storage_.disk.fail_sync_at(1);

  EXPECT_EQ(append("orders"), Stored::unknown);
  EXPECT_NE(why_.find("storage.db"), std::string::npos) << why_;
  EXPECT_EQ(append("orders"), Stored::stored);
  EXPECT_EQ(storage_.core().counts().failures, 1U);
}

TEST_F(SqliteFaults, WhatWasUnknownIsToldWhenItIsSentAgain) {
  storage_.disk.fail_sync_at(1);
  Plain<AppendBatch> request;
  request.queue = "orders";
  request.producer = 1;
  request.batch = 1;
  request.records.add("once");
  EXPECT_EQ(storage_.ask(request), Stored::unknown);

  EXPECT_TRUE(is_stored(storage_.ask(request)));
  Plain<ShowQueue> showing;
  showing.queue = "orders";
  storage_.ask(showing);
  EXPECT_EQ(showing.state.books.stored, 1U) << "never twice";
}

/// Once more, where the failure hits the claim itself.
bool recover(Witness& witness) { return witness.take_over() || witness.take_over(); }

// A system that failed to sync forgets it: what can still be read may not be on the disk.
TEST(SqliteSync, WhatIsAcknowledgedAfterASyncThatFailedSurvivesACrash) {
  std::uint64_t failures = 0;
  for (std::uint64_t seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    FaultyStorage storage(seed);
    ASSERT_TRUE(storage.open());
    Witness witness(storage, random);
    ASSERT_TRUE(witness.take_over());
    for (int life = 0; life < 2; ++life) {
      storage.disk.fail_sync_at(1 + random.below(6));
      for (int i = 0; i < 8; ++i) {
        if (!witness.work() || random.below(3) == 0) {
          EXPECT_TRUE(recover(witness));
        }
        storage.now += 2s;
        storage.core().tend(storage.now);
      }
      failures += storage.core().counts().failures;
      ASSERT_TRUE(storage.crash()) << storage.why();
      ASSERT_TRUE(witness.take_over());
    }
  }
  EXPECT_GT(failures, 300U);
}

TEST(SqliteSync, TheRepairAfterASyncThatFailedMayLoseItsPowerAnywhere) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    for (std::uint64_t operation = 1; operation <= 40 && !HasFailure(); ++operation) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", operation " + std::to_string(operation));
      Random random(seed);
      FaultyStorage storage(seed * 1'000 + operation);
      ASSERT_TRUE(storage.open());
      Witness witness(storage, random);
      ASSERT_TRUE(witness.take_over());
      for (int i = 0; i < 3; ++i) ASSERT_TRUE(witness.work());
      storage.disk.fail_sync_at(1);
      EXPECT_FALSE(witness.work());
      storage.disk.crash_at(operation);
      while (!storage.disk.has_crashed()) {
        if (witness.take_over()) witness.work();
      }
      ASSERT_TRUE(storage.crash()) << storage.why();
      ASSERT_TRUE(witness.take_over());
    }
  }
}

TEST(SqliteSync, AProcessThatFindsWhatAnotherFailedToSyncWritesItAnew) {
  for (std::uint64_t seed = 1; seed <= 100 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    FaultyStorage storage(seed);
    ASSERT_TRUE(storage.open());
    Witness witness(storage, random);
    ASSERT_TRUE(witness.take_over());
    ASSERT_TRUE(witness.work());
    storage.disk.fail_sync_at(1);
    EXPECT_FALSE(witness.work());
    // Killed before it has opened the file anew.
    ASSERT_TRUE(storage.open()) << storage.why();
    ASSERT_TRUE(witness.take_over());
    ASSERT_TRUE(witness.work());
    ASSERT_TRUE(storage.crash()) << storage.why();
    ASSERT_TRUE(witness.take_over());
  }
}

TEST(SqliteSync, AWriteThatFailsAnywhereLosesNothingAcknowledged) {
  for (std::uint64_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    FaultyStorage storage(seed);
    ASSERT_TRUE(storage.open());
    Witness witness(storage, random);
    ASSERT_TRUE(witness.take_over());
    storage.disk.fail_write_at(1 + random.below(60));
    for (int i = 0; i < 12; ++i) {
      if (!witness.work()) {
        EXPECT_TRUE(recover(witness));
      }
      storage.now += 2s;
      storage.core().tend(storage.now);
      if (storage.core().counts().failures > 0) {
        EXPECT_TRUE(recover(witness));
      }
    }
    ASSERT_TRUE(storage.crash()) << storage.why();
    ASSERT_TRUE(witness.take_over());
  }
}

TEST_F(SqliteFaults, WhatCannotBeOpenedAnewIsUnavailableAndTriedAgain) {
  append("orders");
  storage_.disk.crash_at(1);
  append("orders");
  EXPECT_EQ(append("orders"), Stored::unavailable);
  EXPECT_NE(why_.find("storage.db"), std::string::npos) << why_;
  storage_.disk.reboot();
  EXPECT_EQ(append("orders"), Stored::unavailable) << "not at each request";
  storage_.now += 5s;
  EXPECT_EQ(append("orders"), Stored::stored);
}

TEST_F(SqliteFaults, AFullDiskTakesNothingMoreAndCanBeDrained) {
  const Token token = claim("orders");
  std::uint64_t stored = 0;
  storage_.disk.set_room(storage_.disk.bytes() + 200'000);
  Stored outcome = Stored::stored;
  while ((outcome = append("orders", 1'000)) == Stored::stored) ++stored;
  EXPECT_EQ(outcome, Stored::storage_full) << why_;
  EXPECT_GT(stored, 5U);
  EXPECT_EQ(append("other"), Stored::storage_full) << "for all queues";

  const Token now = claim("orders");
  EXPECT_GT(now.epoch, token.epoch);
  for (std::uint64_t i = 1; i <= stored; ++i) {
    ASSERT_EQ(settle("orders", now, i, i), Stored::stored) << why_ << " at " << i;
  }
  storage_.now += 1min;
  storage_.core().tend(storage_.now);
  storage_.disk.set_room(~std::uint64_t{0});
  storage_.now += 1min;
  EXPECT_EQ(append("orders", 1'000), Stored::stored) << "it goes on by itself: " << why_;
}

TEST_F(SqliteFaults, AFullDiskDoesNotKeepAStorageFromBeingOpenedAndDrained) {
  const Token token = claim("orders");
  for (int i = 0; i < 50; ++i) ASSERT_EQ(append("orders", 1'000), Stored::stored);
  storage_.close();
  storage_.disk.set_room(storage_.disk.bytes());
  ASSERT_TRUE(storage_.open()) << storage_.why();

  EXPECT_EQ(append("orders"), Stored::storage_full);
  const Token now = claim("orders");
  EXPECT_GT(now.epoch, token.epoch);
  EXPECT_EQ(settle("orders", now, 1, 50), Stored::stored) << why_;
}

TEST_F(SqliteFaults, AFileAtItsLimitTakesNothingMoreAndCanBeDrained) {
  storage_.close();
  storage_.settings().file_bytes_max = std::uint64_t{1} << 20U;
  ASSERT_TRUE(storage_.open()) << storage_.why();
  const Token token = claim("orders");
  std::uint64_t stored = 0;
  while (append("orders", 10'000) == Stored::stored) ++stored;
  EXPECT_EQ(append("orders", 10'000), Stored::storage_full) << why_;
  EXPECT_GT(stored, 50U);
  EXPECT_EQ(storage_.core().counts().failures, 0U);

  EXPECT_EQ(settle("orders", token, 1, stored - 1), Stored::stored) << why_;
  storage_.now += 2s;
  EXPECT_EQ(append("orders", 10'000), Stored::stored) << "it goes on by itself: " << why_;
}

TEST_F(SqliteFaults, OfAGroupThatFindsNoRoomWhatGivesSpaceBackIsDone) {
  storage_.close();
  storage_.settings().file_bytes_max = std::uint64_t{1} << 20U;
  ASSERT_TRUE(storage_.open()) << storage_.why();
  const Token token = claim("orders");
  while (append("orders", 10'000) == Stored::stored) {
  }
  storage_.now += 2s;
  Plain<AppendBatch> appending;
  appending.queue = "other";
  appending.producer = appending.batch = 1;
  appending.records.add(std::string(100'000, 'x'));
  Plain<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = token;
  settling.number = settling.through = 1;
  Plain<ReadQueue> reading;
  reading.queue = "orders";
  storage_.carry_out({&reading, &appending, &settling});

  EXPECT_EQ(reading.outcome, Stored::stored);
  EXPECT_EQ(appending.outcome, Stored::storage_full);
  EXPECT_EQ(settling.outcome, Stored::stored) << settling.why;
}

TEST_F(SqliteFaults, WhatComesAgainIsKnownWhenTheDiskIsFull) {
  EXPECT_EQ(append("orders"), Stored::stored);
  storage_.disk.set_room(storage_.disk.bytes());
  Plain<AppendBatch> request;
  request.queue = "orders";
  request.producer = 1;
  request.batch = batch_;
  request.records.add("x");
  EXPECT_EQ(storage_.ask(request), Stored::again);
  request.batch = batch_ + 1;
  EXPECT_EQ(storage_.ask(request), Stored::storage_full) << request.why;
  request.batch = batch_;
  EXPECT_EQ(storage_.ask(request), Stored::again);
}

TEST_F(SqliteFaults, ADamagedMessageIsNamedAndOthersAreReadOn) {
  Plain<AppendBatch> request;
  request.queue = "orders";
  request.producer = request.batch = 1;
  request.records.add("a message that nobody else has");
  storage_.ask(request);
  append("other");
  storage_.close();
  const auto place = storage_.disk.find("storage.db", "nobody else");
  ASSERT_TRUE(place.has_value());
  storage_.disk.damage("storage.db", *place);
  ASSERT_TRUE(storage_.open()) << storage_.why();

  Plain<ReadQueue> damaged;
  damaged.queue = "orders";
  Plain<ReadQueue> well;
  well.queue = "other";
  storage_.carry_out({&damaged, &well});
  EXPECT_EQ(damaged.outcome, Stored::damaged);
  EXPECT_NE(damaged.why.find("storage.db: queue 'orders': messages from 1"), std::string::npos)
      << damaged.why;
  EXPECT_EQ(well.outcome, Stored::stored);
  EXPECT_EQ(well.messages.size(), 1U);
}

TEST_F(SqliteFaults, ADamagedEventOrSnapshotIsNamed) {
  Plain<ClaimJournal> claiming;
  claiming.key = "account";
  claiming.incarnation = 1;
  storage_.ask(claiming);
  Plain<AppendEvents> events;
  events.key = "account";
  events.token = claiming.token;
  events.number = 1;
  events.events.add("an event that nobody else has");
  storage_.ask(events);
  Plain<SaveSnapshot> snapshot;
  snapshot.key = "account";
  snapshot.token = claiming.token;
  snapshot.number = 1;
  snapshot.record = "a state that was never seen before";
  ASSERT_EQ(storage_.ask(snapshot), Stored::stored);
  storage_.close();
  for (const char* text : {"that nobody else", "never seen"}) {
    const auto place = storage_.disk.find("storage.db", text);
    ASSERT_TRUE(place.has_value());
    storage_.disk.damage("storage.db", *place);
  }
  ASSERT_TRUE(storage_.open()) << storage_.why();

  Plain<ReadEvents> reading;
  reading.key = "account";
  EXPECT_EQ(storage_.ask(reading), Stored::damaged);
  EXPECT_NE(reading.why.find("journal 'account': event 1"), std::string::npos) << reading.why;
  Plain<LoadSnapshot> loading;
  loading.key = "account";
  EXPECT_EQ(storage_.ask(loading), Stored::damaged);
  EXPECT_NE(loading.why.find("snapshot"), std::string::npos) << loading.why;
}

}  // namespace
}  // namespace troupe::persistence
