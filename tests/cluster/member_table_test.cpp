#include <troupe/cluster/member_table.hpp>

#include <gtest/gtest.h>
#include <troupe/base/random.hpp>
#include <troupe/cluster/messages.hpp>

namespace troupe::cluster {
namespace {

constexpr TimePoint t0{std::chrono::hours(1)};

Identity identity(std::uint64_t number) {
  return {"n" + std::to_string(number % 4) + "@h:1", number + 1};
}

MemberRecord any_record(Random& random) {
  MemberRecord record;
  record.identity = identity(random.below(6));
  record.rank = static_cast<Rank>(random.below(6));
  record.cause = static_cast<Cause>(random.below(2));
  record.refutation = static_cast<std::uint32_t>(random.below(3));
  record.up_number = static_cast<std::uint32_t>(random.below(3));
  record.provisional = random.below(2) == 0;
  record.meta_number = static_cast<std::uint32_t>(random.below(2));
  if (random.below(2) == 0) record.meta.roles.push_back("r" + std::to_string(random.below(3)));
  if (random.below(2) == 0) record.meta.labels["zone"] = std::to_string(random.below(3));
  return record;
}

News any_news(Random& random) {
  News news;
  for (auto i = random.below(5); i > 0; --i) news.records.push_back(any_record(random));
  for (auto i = random.below(6); i > 0; --i) {
    news.observations.push_back({identity(random.below(6)), identity(random.below(6)),
                                 static_cast<std::uint32_t>(random.below(3)), random.below(2) == 0,
                                 static_cast<std::uint32_t>(random.below(3))});
  }
  if (random.below(4) == 0) {
    news.tombstones.push_back(
        {identity(random.below(6)).hash(), static_cast<Cause>(random.below(2))});
  }
  return news;
}

/// All that the table says, as it would travel, through its bytes.
News exported(const MemberTable& table) {
  Tell tell;
  EXPECT_EQ(table.changes_since(0, 1U << 30U, tell.gossip.news), table.version());
  wire::Writer writer;
  encode(writer, Envelope{1, identity(0), identity(1), tell});
  const auto envelope = decode_envelope(writer.bytes());
  EXPECT_TRUE(envelope.ok() && envelope->has_value());
  return std::get<Tell>((*envelope)->message).gossip.news;
}

MemberTable merged(const MemberTable& a, const MemberTable& b) {
  MemberTable table = a;
  table.merge(exported(b), t0);
  return table;
}

TEST(MemberTable, MergingIsCommutativeAssociativeAndIdempotent) {
  Random random(7);
  for (int round = 0; round < 4'000; ++round) {
    MemberTable a;
    MemberTable b;
    MemberTable c;
    for (MemberTable* table : {&a, &b, &c}) table->merge(any_news(random), t0);

    const MemberTable ab = merged(a, b);
    ASSERT_TRUE(ab.says_the_same(merged(b, a))) << round;
    ASSERT_TRUE(merged(ab, c).says_the_same(merged(a, merged(b, c)))) << round;
    ASSERT_TRUE(merged(ab, ab).says_the_same(ab)) << round;
    ASSERT_EQ(merged(ab, c).table_digest(), merged(c, merged(b, a)).table_digest()) << round;
    ASSERT_EQ(merged(ab, c).view_digest(), merged(c, merged(b, a)).view_digest()) << round;
  }
}

TEST(MemberTable, ANewsThatChangesNothingIsNoChange) {
  Random random(8);
  for (int round = 0; round < 1'000; ++round) {
    MemberTable table;
    const News news = any_news(random);
    table.merge(news, t0);
    const std::uint64_t version = table.version();

    EXPECT_FALSE(table.merge(news, t0));
    EXPECT_EQ(table.version(), version);
  }
}

TEST(MemberTable, TheDigestIsThatOfItsContents) {
  Random random(9);
  MemberTable grown;
  for (int round = 0; round < 300; ++round) grown.merge(any_news(random), t0);
  MemberTable copied;
  copied.merge(exported(grown), t0);

  EXPECT_EQ(grown.table_digest(), copied.table_digest());
  EXPECT_EQ(grown.bucket_digests(), copied.bucket_digests());
}

TEST(MemberTable, ARankNeverFalls) {
  MemberTable table;
  MemberRecord record;
  record.identity = identity(1);
  record.rank = Rank::down;
  table.merge(record, t0);

  record.rank = Rank::up;
  record.refutation = 9;
  table.merge(record, t0);

  EXPECT_EQ(table.find(identity(1))->rank, Rank::down);
}

TEST(MemberTable, WhoeverIsRemovedDoesNotComeBack) {
  MemberTable table;
  MemberRecord record;
  record.identity = identity(1);
  record.rank = Rank::removed;
  table.merge(record, t0);

  record.rank = Rank::up;
  EXPECT_FALSE(table.merge(record, t0));
  EXPECT_EQ(table.find(identity(1)), nullptr);
  EXPECT_TRUE(table.is_removed(identity(1)));
}

TEST(MemberTable, ANewLifeAtTheSameAddressIsSomebodyElse) {
  MemberTable table;
  const Identity old{"a@h:1", 1};
  table.merge(Tombstone{old.hash(), Cause::down}, t0);

  MemberRecord record;
  record.identity = {"a@h:1", 2};
  EXPECT_TRUE(table.merge(record, t0));
}

TEST(MemberTable, KeepsAnObservationOfSomebodyWhoIsNotKnownYet) {
  MemberTable table;
  table.merge(Observation{identity(1), identity(2), 1, true, 0});

  MemberRecord record;
  record.identity = identity(2);
  table.merge(record, t0);

  EXPECT_TRUE(table.is_live(*table.find(identity(1), identity(2))));
}

TEST(MemberTable, ARefutationEndsTheAccusationsBeforeIt) {
  MemberTable table;
  MemberRecord record;
  record.identity = identity(2);
  table.merge(record, t0);
  table.merge(Observation{identity(1), identity(2), 1, true, 0});
  EXPECT_TRUE(table.is_live(*table.find(identity(1), identity(2))));

  record.refutation = 1;
  table.merge(record, t0);

  EXPECT_FALSE(table.is_live(*table.find(identity(1), identity(2))));
}

TEST(MemberTable, ForgetsTheOldestTombstonesAndCountsThem) {
  MemberTable table({.tombstones_max = 100});
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    MemberRecord record;
    record.identity = {"a@h:1", i + 1};
    table.merge(record, t0);
    record.rank = Rank::removed;
    table.merge(record, t0);
  }

  EXPECT_EQ(table.tombstone_count(), 100U);
  EXPECT_EQ(table.counts().tombstones_forgotten, 19'900U);
  EXPECT_TRUE(table.is_removed({"a@h:1", 20'000}));
  News all;
  table.changes_since(0, 1U << 30U, all);
  EXPECT_EQ(all.tombstones.size(), 100U);
  table.forget_old_tombstones(t0 + std::chrono::hours(25));
  EXPECT_EQ(table.tombstone_count(), 0U);
}

TEST(MemberTable, RefusesMoreThanItsLimitsAndCountsThem) {
  MemberTable table({.members_max = 2, .observations_max = 1});
  for (std::uint64_t i = 0; i < 5; ++i) {
    MemberRecord record;
    record.identity = identity(i);
    table.merge(record, t0);
    table.merge(Observation{identity(i), identity(0), 1, true, 0});
  }

  EXPECT_EQ(table.records().size(), 2U);
  EXPECT_EQ(table.counts().records_refused, 3U);
  EXPECT_EQ(table.counts().observations_refused, 4U);
}

TEST(MemberTable, LeavesOutWhatTheOtherOneHasButForTombstones) {
  MemberTable table;
  MemberRecord record;
  for (std::uint64_t i = 0; i < 3; ++i) {
    record.identity = identity(i);
    table.merge(record, t0);
  }
  table.merge(Tombstone{identity(7).hash(), Cause::down}, t0);
  const std::uint64_t same = table.version();
  record.identity = identity(4);
  table.merge(record, t0);

  News news;
  EXPECT_EQ(table.changes_since(0, 1U << 30U, news, same), table.version());

  ASSERT_EQ(news.records.size(), 1U);
  EXPECT_EQ(news.records[0].identity, identity(4));
  EXPECT_EQ(news.tombstones.size(), 1U);
}

TEST(MemberTable, ChangesComeInPartsOfWhichNothingIsLeftOut) {
  Random random(10);
  MemberTable table;
  for (int round = 0; round < 200; ++round) table.merge(any_news(random), t0);

  MemberTable copy;
  std::uint64_t seen = 0;
  int parts = 0;
  while (seen < table.version()) {
    News part;
    seen = table.changes_since(seen, 20, part);
    copy.merge(part, t0);
    ++parts;
  }

  EXPECT_GT(parts, 1);
  EXPECT_TRUE(copy.says_the_same(table));
}

TEST(MemberTable, AFullExchangeOfWhatDiffersMakesTablesEqual) {
  MemberTable a;
  MemberTable b;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    MemberRecord record;
    record.identity = {"node" + std::to_string(i) + "@h:1", i + 1};
    a.merge(record, t0);
    if (i % 10 != 0) b.merge(record, t0);
    if (i % 100 == 1) a.merge(Tombstone{record.identity.hash(), Cause::down}, t0);
  }

  std::uint64_t skip = 0;
  const auto digests = b.bucket_digests();
  do {
    News page;
    skip = a.differences(digests, skip, page_bytes_max, page);
    b.merge(page, t0);
  } while (skip != 0);

  EXPECT_TRUE(a.says_the_same(b));
}

}  // namespace
}  // namespace troupe::cluster
