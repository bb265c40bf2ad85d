// What every storage does whatever it is asked: answers in order, ends, and what lasts of it.
#include "storages.hpp"

#include <atomic>
#include <deque>
#include <thread>

namespace troupe::persistence {
namespace {

using Texts = std::vector<std::string>;

class AnyStorage : public StorageConformance {};

/// Notes when it was answered.
struct Noted : AppendBatch {
  void complete() noexcept override {
    at = ++*clock;
    if (last_of_all) last_of_all->complete();
  }
  std::atomic<int>* clock = nullptr;
  int at = 0;
  Asked<ReadQueue>* last_of_all = nullptr;
};

TEST_P(AnyStorage, AnswersInTheOrderOfSubmissionWhatIsRefusedToo) {
  std::atomic<int> clock = 0;
  Asked<ReadQueue> end;
  std::deque<Noted> all(100);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].queue = "orders";
    all[i].producer = 1;
    all[i].batch = i + 1;
    all[i].clock = &clock;
    if (i % 3 != 0) all[i].records.add("x");  // Else it is refused.
  }
  all.back().last_of_all = &end;
  for (Noted& one : all) storage().submit(one);
  ASSERT_TRUE(end.wait());

  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].at, static_cast<int>(i) + 1);
    EXPECT_EQ(all[i].outcome, i % 3 == 0 ? Stored::refused : Stored::stored);
  }
  EXPECT_EQ(state("orders").books.stored, 66U);
}

TEST_P(AnyStorage, ARefusedRequestFailsNoneOfThoseBesideIt) {
  const Token old = claim("orders", this_node, 1);
  claim("orders", this_node, 2);
  std::deque<Asked<AppendBatch>> good(50);
  std::deque<Asked<SettleBatch>> bad(50);
  for (std::size_t i = 0; i < good.size(); ++i) {
    good[i].queue = "orders";
    good[i].producer = 1;
    good[i].batch = i + 1;
    good[i].records.add("x");
    bad[i].queue = "orders";
    bad[i].token = old;
    bad[i].number = 1;
    storage().submit(good[i]);
    storage().submit(bad[i]);
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    ASSERT_TRUE(good[i].wait() && bad[i].wait());
    EXPECT_EQ(good[i].outcome, Stored::stored);
    EXPECT_EQ(bad[i].outcome, Stored::fenced);
  }
}

/// Submits itself anew until it has counted to ten.
struct Chain : AppendBatch {
  void complete() noexcept override {
    if (batch == 10) return end->complete();
    ++batch;
    storage->submit(*this);
  }
  Storage* storage = nullptr;
  Asked<ReadQueue>* end = nullptr;
};

TEST_P(AnyStorage, AnOperationCanBeSubmittedAnewFromWithinItsAnswer) {
  Asked<ReadQueue> end;
  Chain chain;
  chain.queue = "orders";
  chain.producer = chain.batch = 1;
  chain.records.add("x");
  chain.storage = &storage();
  chain.end = &end;
  storage().submit(chain);
  ASSERT_TRUE(end.wait());
  EXPECT_EQ(state("orders").books.stored, 10U);
}

TEST_P(AnyStorage, ManyThreadsAppendToOneQueueAndNothingIsLostOrRepeated) {
  constexpr std::uint64_t threads = 4;
  constexpr std::uint64_t batches = 50;
  std::vector<std::thread> all;
  for (std::uint64_t producer = 1; producer <= threads; ++producer) {
    all.emplace_back([this, producer] {
      Asked<AppendBatch> request;
      request.queue = "orders";
      request.producer = producer;
      for (request.batch = 1; request.batch <= batches; ++request.batch) {
        request.records =
            records_of({std::to_string(producer) + ":" + std::to_string(request.batch)});
        EXPECT_EQ(ask(request), Stored::stored);
      }
    });
  }
  for (std::thread& one : all) one.join();

  std::vector<std::uint64_t> seen(threads + 1, 0);
  for (const std::string& text : texts("orders")) {
    const std::uint64_t producer = std::stoull(text);
    EXPECT_EQ(text, std::to_string(producer) + ":" + std::to_string(++seen[producer]));
  }
  for (std::uint64_t i = 1; i <= threads; ++i) EXPECT_EQ(seen[i], batches);
}

TEST_P(AnyStorage, CountsAnswersAndMessages) {
  append("orders", {"a", "b"});
  settle("orders", {}, 1, 1);

  const StorageCounts counts = storage().counts();
  EXPECT_EQ(counts.messages, 2U);
  EXPECT_EQ(counts.answers[static_cast<std::size_t>(Stored::stored)], 1U);
  EXPECT_EQ(counts.answers[static_cast<std::size_t>(Stored::fenced)], 1U);
  EXPECT_GE(counts.groups, 1U);
  EXPECT_EQ(counts.waiting, 0U);
  EXPECT_EQ(counts.waiting_bytes, 0U);
}

TEST_P(AnyStorage, AfterItsEndEverythingIsUnavailable) {
  append("orders", {"a"});
  storage().close(std::chrono::seconds(5));
  storage().close(std::chrono::seconds(5));
  Asked<ReadQueue> request;
  request.queue = "orders";

  EXPECT_EQ(ask(request), Stored::unavailable);
  EXPECT_FALSE(request.why.empty());
}

TEST_P(AnyStorage, WhatWasSubmittedBeforeItsEndIsAnswered) {
  std::deque<Asked<AppendBatch>> all(200);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].queue = "orders";
    all[i].producer = 1;
    all[i].batch = i + 1;
    all[i].records.add("x");
    storage().submit(all[i]);
  }
  storage().close(std::chrono::seconds(20));
  for (Asked<AppendBatch>& one : all) EXPECT_EQ(one.outcome, Stored::stored);
}

class LastingStorage : public StorageConformance {};

TEST_P(LastingStorage, KeepsWhatIsStored) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");
  settle("orders", token, 1, 2, {{.number = 1, .attempts = 2, .error = "e"}});
  Asked<ClaimJournal> journal;
  journal.key = "account";
  journal.incarnation = this_node;
  ask(journal);
  Asked<AppendEvents> events;
  events.key = "account";
  events.token = journal.token;
  events.number = 1;
  events.events = records_of({"x", "y"});
  ask(events);
  Asked<SaveSnapshot> snapshot;
  snapshot.key = "account";
  snapshot.token = journal.token;
  snapshot.number = 1;
  snapshot.record = "s";
  ask(snapshot);
  const QueueState before = state("orders");
  place().reopen();

  const QueueState after = state("orders");
  EXPECT_EQ(after.books, before.books);
  EXPECT_EQ(after.cursor, before.cursor);
  EXPECT_EQ(after.last, before.last);
  EXPECT_EQ(after.owner, before.owner);
  EXPECT_EQ(after.waiting_bytes, before.waiting_bytes);
  EXPECT_EQ(after.dead_letters, 1U);
  EXPECT_EQ(texts("orders"), Texts{"c"});
  Asked<ReadEvents> reading;
  reading.key = "account";
  ask(reading);
  EXPECT_EQ(texts_of(reading.events), (Texts{"x", "y"}));
  Asked<LoadSnapshot> loading;
  loading.key = "account";
  ask(loading);
  EXPECT_EQ(loading.number, 1U);
  EXPECT_EQ(loading.record, "s");
}

INSTANTIATE_TEST_SUITE_P(Storages, LastingStorage, testing::ValuesIn(lasting_storage_kinds()),
                         name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LastingStorage);

INSTANTIATE_TEST_SUITE_P(Storages, AnyStorage, testing::ValuesIn(storage_kinds()), name_of);

}  // namespace
}  // namespace troupe::persistence
