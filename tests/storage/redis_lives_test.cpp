// What a storage in Redis does where its server comes back without what it has answered last, or is
// another one, or a replica; and what comes to a server too late.
#include <deque>
#include <troupe/persistence/redis_storage/storage_commands.hpp>

#include "redis_storages.hpp"

namespace troupe::persistence {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class RedisLives : public RedisStorages {
 protected:
  /// 100 messages, of which the server forgets the last three.
  Token lose_three(RedisServer& server, Storage& storage, std::uint64_t settled) {
    const Token token = claim(storage);
    append(storage, numbered("a", 97));
    const KeptDisk disk(server);
    append(storage, numbered("b", 3));
    EXPECT_EQ(read(storage).size(), 100U);
    if (settled > 0) {
      EXPECT_EQ(settle(storage, token, 1, settled), Stored::stored);
    }
    disk.put_back(server);
    return token;
  }
};

TEST_F(RedisLives, WhatIsStoredAfterALossIsReadThoughItsNumbersWereGivenBefore) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  const auto storage = open(server.url());
  const Token token = lose_three(server, *storage, 100);

  EXPECT_EQ(append(*storage, numbered("new", 4)).number, 101U);
  EXPECT_EQ(texts(*storage, 100), numbered("new", 4));
  EXPECT_EQ(settle(*storage, token, 2, 104), Stored::stored);
  EXPECT_EQ(state(*storage).books, (QueueBooks{.stored = 104, .settled = 104}));
  EXPECT_EQ(state(*storage).waiting_bytes, 0U);
}

TEST_F(RedisLives, WhatOthersHaveStoredBeforeTheOwnerIsBackIsReadInItsOrder) {
  for (const int count : {2, 3, 50}) {
    RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
    const auto storage = open(server.url());
    WokenQueues woken;
    woken.follow(*storage);
    const Token token = lose_three(server, *storage, 100);
    EXPECT_TRUE(woken.wait_for("orders")) << "to look what has become of its queue";
    const auto other = open(server.url());
    EXPECT_EQ(append(*other, numbered("new", count), false).number, 98U);

    const std::vector<StoredMessage> messages = read(*storage, 100);
    Texts found;
    for (const StoredMessage& one : messages) found.push_back(one.record);
    EXPECT_EQ(found, numbered("new", count));
    const std::uint64_t last = messages.back().position.number;
    EXPECT_EQ(settle(*storage, token, 2, last), Stored::stored);
    EXPECT_EQ(state(*storage).books.waiting, 0U);
    EXPECT_EQ(state(*storage).waiting_bytes, 0U);
    storage->close(10s);
  }
}

TEST_F(RedisLives, WhatTheOwnerHasInMemoryIsSettledAfterALoss) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  const auto storage = open(server.url());
  const Token token = lose_three(server, *storage, 50);

  EXPECT_EQ(settle(*storage, token, 2, 100), Stored::stored);
  EXPECT_EQ(texts(*storage, 100), Texts{}) << "what was not lost does not come twice";
  EXPECT_EQ(append(*storage, {"x"}).number, 101U);
  EXPECT_EQ(texts(*storage, 100), Texts{"x"});
}

TEST_F(RedisLives, AServerThatComesBackEmptyLosesNothingOfWhatFollows) {
  RedisServer server;
  RedisStorageSettings settings = settings_for(server.url());
  settings.volatile_ok = true;
  const auto storage = open(settings);
  const Token token = claim(*storage);
  append(*storage, numbered("a", 100));
  EXPECT_EQ(settle(*storage, token, 1, 100), Stored::stored);
  server.kill();
  server.start();

  EXPECT_EQ(append(*storage, numbered("new", 4)).number, 101U);
  EXPECT_EQ(texts(*storage, 100), numbered("new", 4));
  EXPECT_EQ(settle(*storage, token, 2, 104), Stored::stored);
  EXPECT_EQ(state(*storage).books, (QueueBooks{.stored = 104, .settled = 104}));
}

TEST_F(RedisLives, AClaimThatTheServerHasLostStands) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  const auto storage = open(server.url());
  append(*storage, {"a"});
  const KeptDisk disk(server);
  const Token token = claim(*storage);
  disk.put_back(server);
  EXPECT_EQ(settle(*storage, token, 1, 1), Stored::stored);
  EXPECT_EQ(state(*storage).owner, token);
}

TEST_F(RedisLives, AServerThatComesBackWithAllChangesNothing) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  const auto storage = open(server.url());
  const Token token = claim(*storage);
  append(*storage, numbered("a", 10));
  EXPECT_EQ(settle(*storage, token, 1, 3), Stored::stored);
  const QueueState before = state(*storage);
  server.kill();
  server.start();

  EXPECT_EQ(texts(*storage, 3).size(), 7U);
  EXPECT_EQ(read(*storage, 3).front().position.number, 4U);
  const QueueState after = state(*storage);
  EXPECT_EQ(after.books, before.books);
  EXPECT_EQ(after.last, before.last);
  EXPECT_EQ(after.waiting_bytes, before.waiting_bytes);
  EXPECT_EQ(settle(*storage, token, 2, 10), Stored::stored);
}

TEST_F(RedisLives, AnotherOwnerThatHasComeMeanwhileKeepsItsQueue) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  const auto storage = open(server.url());
  const Token token = claim(*storage);
  server.kill();
  server.start();
  const auto other = open(server.url());
  Asked<ClaimQueue> taking;
  taking.queue = "orders";
  taking.incarnation = other_node;
  taking.gone = token;
  ASSERT_EQ(ask(*other, taking), Stored::stored) << taking.why;

  Asked<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = token;
  settling.number = 1;
  EXPECT_EQ(ask(*storage, settling), Stored::fenced);
  EXPECT_EQ(settle(*other, taking.token, 1, 0), Stored::stored);
}

TEST_F(RedisLives, AServerThatIsRefusedGetsNothingOfWhatWaits) {
  RedisServer good({"--appendonly", "yes"});
  RedisServer evicts({"--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"});
  ServerName name;
  name.lead_to(good);
  const auto storage = open(name.url());
  append(*storage, {"x"});
  name.lead_nowhere();
  good.kill();
  std::deque<Asked<AppendBatch>> waiting(100);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    // Two for each name, so that one stands behind the other.
    waiting[i].queue = std::to_string(i / 2);
    waiting[i].producer = 1;
    waiting[i].batch = i + 1;
    waiting[i].records.add("x");
    storage->submit(waiting[i]);
  }
  name.lead_to(evicts);
  for (auto& one : waiting) {
    ASSERT_TRUE(one.wait());
    EXPECT_NE(one.outcome, Stored::stored);
  }
  EXPECT_EQ(client(evicts.url())->call({"DBSIZE"})->integer, 0);
}

TEST_F(RedisLives, AMasterThatHasBecomeAReplicaIsLeftForTheOneThatHasItsName) {
  RedisServer old({"--appendonly", "yes"});
  RedisServer heir({"--appendonly", "yes"});
  ServerName name;
  name.lead_to(old);
  const auto storage = open(name.url());
  append(*storage, {"x"});
  ASSERT_TRUE(client(old.url())->call({"REPLICAOF", "127.0.0.1", "1"}).ok());
  name.lead_to(heir);

  append(*storage, {"y"});
  EXPECT_EQ(texts(*storage), Texts{"y"});
}

TEST_F(RedisLives, AClaimThatComesLateTakesNothingFromItsOwner) {
  RedisServer server({"--appendonly", "yes"});
  const auto connection = client(server.url());
  const StorageLimits limits;
  const CommandPlace place{.cluster = "c", .limits = limits, .sender = "a1"};
  Asked<ClaimQueue> first;
  first.queue = "orders";
  first.incarnation = first.instance = 5;
  Asked<ClaimQueue> second;
  second.queue = "orders";
  second.incarnation = second.instance = 5;
  take_reply(second, connection->call(command_for(second, place, 2)).value());
  ASSERT_EQ(second.outcome, Stored::stored);
  take_reply(first, connection->call(command_for(first, place, 1)).value());
  EXPECT_NE(first.outcome, Stored::stored);

  Asked<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = second.token;
  settling.number = 1;
  take_reply(settling, connection->call(command_for(settling, place)).value());
  EXPECT_EQ(settling.outcome, Stored::stored) << settling.why;
}

TEST_F(RedisLives, WhatErasesAJournalLateErasesNothing) {
  RedisServer server({"--appendonly", "yes"});
  const auto connection = client(server.url());
  const StorageLimits limits;
  const CommandPlace place{.cluster = "c", .limits = limits, .sender = "a1"};
  Asked<ClaimJournal> claiming;
  claiming.key = "account";
  claiming.incarnation = claiming.instance = 5;
  take_reply(claiming, connection->call(command_for(claiming, place, 2)).value());
  ASSERT_EQ(claiming.outcome, Stored::stored);
  Asked<EraseJournal> erasing;
  erasing.key = "account";
  take_reply(erasing, connection->call(command_for(erasing, place, 1)).value());
  EXPECT_NE(erasing.outcome, Stored::stored);

  Asked<AppendEvents> events;
  events.key = "account";
  events.token = claiming.token;
  events.number = 1;
  events.events.add("x");
  take_reply(events, connection->call(command_for(events, place)).value());
  EXPECT_EQ(events.outcome, Stored::stored) << events.why;
}

TEST_F(RedisLives, ALostWakeUpIsAskedForAgainAfterAFailure) {
  RedisServer server({"--appendonly", "yes"});
  const auto owner = open(server.url());
  const auto other = open(server.url());
  WokenQueues woken;
  woken.follow(*owner);
  claim(*owner);
  append(*other, {"a"}, false);
  EXPECT_TRUE(woken.wait_for("orders"));
  const auto connection = client(server.url());
  const std::string list = connection->call({"CLIENT", "LIST"})->text;
  const std::size_t name = list.find("name=troupe-wake");
  ASSERT_NE(name, std::string::npos) << list;
  const std::size_t begin = list.rfind("id=", name) + 3;
  const std::string id = list.substr(begin, list.find(' ', begin) - begin);
  std::int64_t unblocked = 0;
  for (int i = 0; i < 10'000 && unblocked == 0; ++i) {
    unblocked = connection->call({"CLIENT", "UNBLOCK", id, "ERROR"})->integer;
  }
  ASSERT_EQ(unblocked, 1);
  woken.forget();

  append(*other, {"b"}, false);
  EXPECT_TRUE(woken.wait_for("orders"));
  owner->close(10s);
}

TEST_F(RedisLives, AnOwnerHearsOfWhatOthersAddWhenTheServerWasAway) {
  RedisServer server({"--appendonly", "yes", "--appendfsync", "always"});
  const auto owner = open(server.url());
  WokenQueues woken;
  woken.follow(*owner);
  claim(*owner);
  server.kill();
  server.start();
  append(*owner, {"a"});
  ASSERT_TRUE(woken.wait_for("orders"));
  woken.forget();

  const auto other = open(server.url());
  append(*other, {"b"}, false);
  EXPECT_TRUE(woken.wait_for("orders"));
  owner->close(10s);
}

TEST_F(RedisLives, ASweepFindsWhatNobodyWasWokenFor) {
  RedisServer server({"--appendonly", "yes"});
  RedisStorageSettings settings = settings_for(server.url());
  settings.sweep_interval = 20ms;
  const auto owner = open(settings);
  const auto other = open(server.url());
  WokenQueues woken;
  woken.follow(*owner);
  claim(*owner);
  append(*other, {"a"}, true);  // As if its wake-up was lost.
  EXPECT_TRUE(woken.wait_for("orders"));
  owner->close(10s);
}

TEST_F(RedisLives, SettlesWhereNothingMoreIsTakenThatAdds) {
  RedisServer server({"--appendonly", "yes"});
  RedisStorageSettings settings = settings_for(server.url());
  settings.redis.commands_max = 10;
  settings.limits.waiting_max = 100;
  const auto storage = open(settings);
  const Token token = claim(*storage);
  append(*storage, {"x"});
  server.pause();
  std::deque<Asked<AppendBatch>> appends(101);
  for (std::size_t i = 0; i < appends.size(); ++i) {
    appends[i].queue = std::to_string(i);
    appends[i].producer = appends[i].batch = 1;
    appends[i].records.add("x");
    storage->submit(appends[i]);
  }
  Asked<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = token;
  settling.number = settling.through = 1;
  storage->submit(settling);
  server.resume();
  ASSERT_TRUE(settling.wait());
  EXPECT_EQ(settling.outcome, Stored::stored) << settling.why;
  std::size_t stored = 0;
  for (auto& one : appends) {
    ASSERT_TRUE(one.wait());
    stored += one.outcome == Stored::stored ? 1 : 0;
  }
  EXPECT_EQ(stored, 100U);
}

TEST_F(RedisLives, RefusesLimitsThatNoCommandCarries) {
  RedisStorageSettings settings;
  settings.limits.snapshot_bytes_max = std::size_t{600} << 20U;
  const Result<void> checked = check(settings);
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().context().find("snapshot_bytes_max"), std::string::npos);
}

}  // namespace
}  // namespace troupe::persistence
