// What a storage in Redis does with its server: which ones it refuses, and what it makes of one
// that is full, ends, or is another one. The suite of all storages runs on one as well.
#include <gtest/gtest.h>
#include <troupe/persistence/redis_storage.hpp>
#include <troupe/persistence/redis_storage/redis_lines.hpp>
#include <troupe/persistence/redis_storage/server_check.hpp>

#include "../persistence/redis_server.hpp"
#include "storages.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;

redis::ServerFacts good_server() {
  redis::ServerFacts facts;
  facts.known = true;
  facts.version = "7.0.15";
  facts.role = "master";
  facts.eviction_policy = "noeviction";
  facts.append_only = true;
  facts.append_sync = "everysec";
  return facts;
}

TEST(RedisServerCheck, TakesAServerThatKeepsWhatItAnswers) {
  EXPECT_TRUE(check_server(good_server(), false).ok());
}

TEST(RedisServerCheck, RefusesAServerThatEvictsEvenWhereItHasNoLimitYet) {
  redis::ServerFacts facts = good_server();
  facts.eviction_policy = "allkeys-lru";
  const Result<void> checked = check_server(facts, true);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().context().find("noeviction"), std::string::npos);
}

TEST(RedisServerCheck, RefusesAServerWithoutAFileUnlessThatIsWanted) {
  redis::ServerFacts facts = good_server();
  facts.append_only = false;
  const Result<void> checked = check_server(facts, false);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().context().find("appendonly"), std::string::npos);
  EXPECT_TRUE(check_server(facts, true).ok());
}

TEST(RedisServerCheck, RefusesAServerOfWhichNothingIsKnown) {
  redis::ServerFacts facts = good_server();
  facts.known = false;
  EXPECT_FALSE(check_server(facts, false).ok());
}

TEST(RedisServerCheck, RefusesAServerThatHasNoScriptsOfThisKind) {
  redis::ServerFacts facts = good_server();
  facts.version = "6.2.14";
  const Result<void> checked = check_server(facts, true);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().context().find("6.2.14"), std::string::npos);
  facts.version = "10.0.1";
  EXPECT_TRUE(check_server(facts, false).ok());
}

TEST(RedisServerCheck, RefusesAReplicaWhichMayBeWrittenTo) {
  redis::ServerFacts facts = good_server();
  facts.role = "slave";
  EXPECT_FALSE(check_server(facts, true).ok());
}

TEST(RedisServerCheck, RefusesAServerThatNeverSyncsUnlessThatIsWanted) {
  redis::ServerFacts facts = good_server();
  facts.append_sync = "no";
  const Result<void> checked = check_server(facts, false);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().context().find("appendfsync"), std::string::npos);
  EXPECT_TRUE(check_server(facts, true).ok());
  facts.append_sync = "";
  EXPECT_TRUE(check_server(facts, false).ok()) << "who may not ask takes it as it is";
}

class RedisStorageServer : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::is_installed()) GTEST_SKIP() << "NO redis-server HERE: scripts/setup";
  }
  static Result<std::unique_ptr<RedisStorage>> open(const std::string& url,
                                                    bool volatile_ok = false,
                                                    Duration owner_lease = 15s) {
    Platform platform = real_platform();
    platform.log = null_log();
    RedisStorageSettings settings;
    settings.redis.url = url;
    settings.redis.command_timeout = 10s;
    settings.redis.backoff_initial = 5ms;
    settings.redis.backoff_max = 20ms;
    settings.volatile_ok = volatile_ok;
    settings.owner_lease = owner_lease;
    return RedisStorage::open(settings, platform);
  }
  template <class Request>
  static Stored ask(Storage& storage, Asked<Request>& request) {
    request.is_answered = false;
    storage.submit(request);
    EXPECT_TRUE(request.wait()) << "no answer";
    return request.outcome;
  }
  static Stored append(Storage& storage, std::uint64_t batch, std::size_t bytes = 1) {
    Asked<AppendBatch> request;
    request.queue = "orders";
    request.producer = 1;
    request.batch = batch;
    request.records.add(std::string(bytes, 'x'));
    return ask(storage, request);
  }
};

TEST_F(RedisStorageServer, IsRefusedWhereItLosesWhatItAnswers) {
  RedisServer forgets;
  const auto refused = open(forgets.url());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_setting);
  EXPECT_NE(refused.error().context().find("volatile_ok"), std::string::npos);
  EXPECT_TRUE(open(forgets.url(), true).ok());

  RedisServer evicts({"--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"});
  EXPECT_FALSE(open(evicts.url(), true).ok());
}

TEST_F(RedisStorageServer, IsNamedWhereItDoesNotAnswer) {
  const auto refused = open("unix:///nowhere/at/all");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::node_unreachable);
  EXPECT_NE(refused.error().context().find("/nowhere/at/all"), std::string::npos);
}

TEST_F(RedisStorageServer, KeepsWhatItHasAnsweredWhenItIsKilled) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  const auto storage = open(server.url()).value();
  EXPECT_EQ(append(*storage, 1), Stored::stored);
  EXPECT_EQ(append(*storage, 2), Stored::stored);
  server.kill();
  server.start();

  Stored outcome = Stored::unavailable;
  for (int i = 0; i < 1'000 && !is_stored(outcome); ++i) outcome = append(*storage, 3);
  EXPECT_TRUE(is_stored(outcome));
  Asked<ShowQueue> showing;
  showing.queue = "orders";
  EXPECT_EQ(ask(*storage, showing), Stored::stored) << showing.why;
  EXPECT_EQ(showing.state.books.stored, 3U);
}

TEST_F(RedisStorageServer, WithoutMemoryTakesNothingMoreAndCanBeDrained) {
  RedisServer server({"--appendonly", "yes", "--maxmemory", "4mb"});
  const auto storage = open(server.url()).value();
  Asked<ClaimQueue> claim;
  claim.queue = "orders";
  claim.incarnation = 1;
  ASSERT_EQ(ask(*storage, claim), Stored::stored);
  std::uint64_t stored = 0;
  Stored outcome = Stored::stored;
  while (stored < 1'000 && (outcome = append(*storage, stored + 1, 100'000)) == Stored::stored) {
    ++stored;
  }
  EXPECT_EQ(outcome, Stored::storage_full);
  EXPECT_GT(stored, 5U);
  EXPECT_EQ(append(*storage, stored), Stored::again) << "a repetition is known all the same";

  Asked<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = claim.token;
  settling.number = 1;
  settling.through = stored;
  EXPECT_EQ(ask(*storage, settling), Stored::stored) << settling.why;
  EXPECT_EQ(append(*storage, stored + 1), Stored::stored) << "it goes on by itself";
}

TEST_F(RedisStorageServer, ABatchThatWaitsForAServerThatIsAwayIsStored) {
  RedisServer server({"--appendonly", "yes"});
  const auto storage = open(server.url()).value();
  server.pause();
  Asked<AppendBatch> request;
  request.queue = "orders";
  request.producer = request.batch = 1;
  request.records.add("x");
  request.is_answered = false;
  storage->submit(request);
  server.resume();
  EXPECT_TRUE(request.wait());
  EXPECT_EQ(request.outcome, Stored::stored) << request.why;
}

TEST_F(RedisStorageServer, WakesAnOwnerOnAnotherNode) {
  RedisServer server({"--appendonly", "yes"});
  const auto owner = open(server.url()).value();
  const auto other = open(server.url()).value();
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> woken;
  owner->on_append([&](std::string_view queue) {
    const std::lock_guard lock(mutex);
    woken.emplace_back(queue);
    changed.notify_all();
  });
  Asked<ClaimQueue> claim;
  claim.queue = "orders";
  claim.incarnation = 1;
  ASSERT_EQ(ask(*owner, claim), Stored::stored);
  EXPECT_EQ(append(*other, 1), Stored::stored);

  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, 20s, [&] { return !woken.empty(); }));
  lock.unlock();
  owner->close(1s);
  EXPECT_EQ(woken, std::vector<std::string>{"orders"});
}

/// A claim of the queue "orders" by a node, and what became of it.
Stored claim_by(Storage& storage, std::uint64_t node, Asked<ClaimQueue>& claim) {
  claim.queue = "orders";
  claim.incarnation = node;
  claim.instance = 1;
  claim.is_answered = false;
  storage.submit(claim);
  EXPECT_TRUE(claim.wait()) << "no answer";
  return claim.outcome;
}

TEST_F(RedisStorageServer, LeavesTheQueuesOfANodeThatHasEndedWithoutAWordToOthersAfterItsLease) {
  RedisServer server({"--appendonly", "yes"});
  auto first = open(server.url(), false, 3s).value();
  Asked<ClaimQueue> before;
  ASSERT_EQ(claim_by(*first, this_node, before), Stored::stored) << before.why;
  first.reset();
  const auto begun = std::chrono::steady_clock::now();

  const auto second = open(server.url(), false, 3s).value();
  Asked<ClaimQueue> claim;
  EXPECT_EQ(claim_by(*second, other_node, claim), Stored::owned);
  EXPECT_NE(claim.why.find("whose lease ends in"), std::string::npos) << claim.why;
  while (claim_by(*second, other_node, claim) == Stored::owned) {
    ASSERT_LT(std::chrono::steady_clock::now() - begun, 20s);
  }
  EXPECT_EQ(claim.outcome, Stored::stored) << claim.why;
  EXPECT_EQ(claim.token.epoch, before.token.epoch + 1);
}

TEST_F(RedisStorageServer, KeepsTheQueuesOfANodeThatLivesAndDoesNothing) {
  RedisServer server({"--appendonly", "yes"});
  const auto first = open(server.url(), false, 3s).value();
  first->on_append([](std::string_view) {});
  Asked<ClaimQueue> before;
  ASSERT_EQ(claim_by(*first, this_node, before), Stored::stored) << before.why;
  const auto begun = std::chrono::steady_clock::now();

  const auto second = open(server.url(), false, 3s).value();
  Asked<ClaimQueue> claim;
  while (std::chrono::steady_clock::now() - begun < 5s) {
    ASSERT_EQ(claim_by(*second, other_node, claim), Stored::owned) << claim.why;
  }
}

TEST_F(RedisStorageServer, OfTwoNodesThatClaimOverADeadOneOneGetsIt) {
  RedisServer server({"--appendonly", "yes"});
  const auto one = open(server.url()).value();
  const auto two = open(server.url()).value();
  Asked<ClaimQueue> dead;
  dead.queue = "orders";
  dead.incarnation = 1;
  ask(*one, dead);
  Asked<ClaimQueue> first;
  Asked<ClaimQueue> second;
  first.queue = second.queue = "orders";
  first.incarnation = 2;
  second.incarnation = 3;
  first.gone = second.gone = dead.token;
  one->submit(first);
  two->submit(second);
  ASSERT_TRUE(first.wait() && second.wait());
  EXPECT_NE(first.outcome == Stored::stored, second.outcome == Stored::stored);
}

}  // namespace
}  // namespace troupe::persistence
