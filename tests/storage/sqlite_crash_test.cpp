// A storage in SQLite loses its power at any write, and keeps what it has acknowledged.
#include "sqlite_faults.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;

/// Works until the disk is dead.
void work_until_the_crash(FaultyStorage& storage, Witness& witness) {
  while (!storage.disk.has_crashed()) {
    witness.work();
    storage.now += 100ms;
    storage.core().tend(storage.now);
  }
}

TEST(SqliteCrash, KeepsWhatItHasAcknowledgedWhereverItLosesItsPower) {
  std::uint64_t messages = 0;
  std::uint64_t events = 0;
  for (std::uint64_t seed = 1; seed <= 250 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    FaultyStorage storage(seed);
    ASSERT_TRUE(storage.open()) << storage.why();
    Witness witness(storage, random);
    ASSERT_TRUE(witness.take_over());
    for (int life = 0; life < 4; ++life) {
      storage.disk.crash_at(1 + random.below(120));
      work_until_the_crash(storage, witness);
      ASSERT_TRUE(storage.crash()) << storage.why();
      ASSERT_TRUE(witness.take_over());
    }
    messages += witness.messages();
    events += witness.events();
  }
  EXPECT_GT(messages, 10'000U);
  EXPECT_GT(events, 1'000U);
}

TEST(SqliteCrash, CanBeOpenedWhereverItLosesItsPowerWhileItIsMade) {
  for (std::uint64_t seed = 1; seed <= 200 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    FaultyStorage storage(seed, Durability::full, 16'384);
    storage.disk.crash_at(1 + random.below(60));
    if (storage.open()) storage.close();
    ASSERT_TRUE(storage.crash()) << storage.why();
    Witness witness(storage, random);
    EXPECT_TRUE(witness.take_over());
    EXPECT_TRUE(witness.work());
  }
}

TEST(SqliteCrash, LosesAtMostWhatCameSinceTheLastCheckpointWhenItIsNormal) {
  std::uint64_t kept = 0;
  for (std::uint64_t seed = 1; seed <= 100 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    FaultyStorage storage(seed, Durability::normal);
    ASSERT_TRUE(storage.open()) << storage.why();
    Witness witness(storage, random);
    ASSERT_TRUE(witness.take_over());
    for (std::uint64_t i = 1 + random.below(10); i > 0; --i) ASSERT_TRUE(witness.work());
    storage.now += 1s;
    storage.core().tend(storage.now);
    const std::uint64_t synced = witness.messages();
    for (std::uint64_t i = random.below(5); i > 0; --i) ASSERT_TRUE(witness.work());

    witness.allow_loss();
    ASSERT_TRUE(storage.crash()) << storage.why();
    ASSERT_TRUE(witness.take_over());
    EXPECT_GE(witness.messages(), synced);
    kept += synced;
  }
  EXPECT_GT(kept, 1'000U);
}

TEST(SqliteCrash, IsWholeWhereItLosesItsPowerAfterACheckpointThatFailed) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    for (std::uint64_t operation = 1; operation <= 40 && !testing::Test::HasFailure();
         ++operation) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", operation " + std::to_string(operation));
      Random random(seed);
      FaultyStorage storage(seed * 1'000 + operation, Durability::normal);
      ASSERT_TRUE(storage.open()) << storage.why();
      Witness witness(storage, random);
      ASSERT_TRUE(witness.take_over());
      for (int i = 0; i < 4; ++i) ASSERT_TRUE(witness.work());
      storage.disk.fail_sync_at(1);
      storage.disk.crash_at(operation);
      for (int i = 0; i < 3; ++i) {
        storage.now += 1s;
        storage.core().tend(storage.now);
      }
      witness.allow_loss();
      ASSERT_TRUE(storage.crash()) << storage.why();
      ASSERT_TRUE(witness.take_over());
      ASSERT_TRUE(witness.work());
    }
  }
}

TEST(SqliteCrash, SyncsBeforeItAnswersUnlessItIsNormal) {
  for (const Durability durability : {Durability::full, Durability::normal}) {
    Random random(1);
    FaultyStorage storage(1, durability);
    ASSERT_TRUE(storage.open());
    Witness witness(storage, random);
    ASSERT_TRUE(witness.take_over());
    const std::uint64_t before = storage.disk.syncs();
    ASSERT_TRUE(witness.work());
    EXPECT_EQ(storage.disk.syncs() > before, durability == Durability::full);
  }
}

TEST(SqliteCrash, AnEndInOrderLosesNothingWhenItIsNormal) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    FaultyStorage storage(seed, Durability::normal);
    ASSERT_TRUE(storage.open());
    Witness witness(storage, random);
    ASSERT_TRUE(witness.take_over());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(witness.work());
    storage.close();
    ASSERT_TRUE(storage.crash()) << storage.why();
    EXPECT_TRUE(witness.take_over());
  }
}

}  // namespace
}  // namespace troupe::persistence
