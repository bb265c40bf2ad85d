// The client with a server that is away, hung, restarted, full, or does not let it in.
#include "redis_fixture.hpp"

namespace troupe::redis {
namespace {

class RedisFaults : public RedisFixture {};

TEST_F(RedisFaults, OfAServerThatIsAwayAreWaitedOutOrSaid) {
  RedisServer server;
  server.kill();
  const auto client = start(server.url());
  const Result<Reply> result = client->call({"PING"}, 30ms);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(outcome_of(result.error()), Outcome::not_executed);
  EXPECT_TRUE(contains(result.error().context(), "Connection refused")) << result.error().context();
  std::future<Result<Reply>> later = later_of(*client, {"SET", "k", "v"});
  server.start();
  EXPECT_TRUE(later.get().ok());
}

TEST_F(RedisFaults, ARestartLosesWhatWasSentAndKeepsWhatWaits) {
  RedisServer server;
  const auto client = start(server.url());
  EXPECT_TRUE(client->call({"SET", "k", "v"}).ok());
  const ServerFacts first = connection(1);
  const std::size_t sent_bytes = Command({"SET", "k", "v"}).size() + Command({"INCR", "n"}).size();
  server.pause();
  std::future<Result<Reply>> sent = later_of(*client, {"INCR", "n"});
  wait_until([&] { return client->counts().commands.bytes_written == sent_bytes; });
  server.kill();
  EXPECT_EQ(outcome_of(sent.get().error()), Outcome::unknown);
  std::future<Result<Reply>> waits = later_of(*client, {"INCR", "n"});
  server.start();
  EXPECT_EQ(waits.get()->integer, 1);
  EXPECT_TRUE(client->call({"GET", "k"})->is_nil());  // It has restarted empty,
  EXPECT_NE(connection(2).run_id, first.run_id);      // and the facts say that it is another.
  EXPECT_NE(connection(2).replication_id, first.replication_id);
}

TEST_F(RedisFaults, ARestoredOldStateIsToldByTheRunId) {
  RedisServer server;
  const auto client = start(server.url());
  EXPECT_TRUE(client->call({"SET", "k", "old"}).ok());
  EXPECT_TRUE(client->call({"SAVE"}).ok());
  EXPECT_TRUE(client->call({"SET", "k", "new"}).ok());
  server.kill();
  server.start();
  EXPECT_EQ(client->call({"GET", "k"})->text, "old");
  EXPECT_NE(connection(2).run_id, connection(1).run_id);
}

TEST_F(RedisFaults, AHungServerIsLeftAndTakenUpAgain) {
  RedisServer server;
  RedisSettings settings = settings_for(server.url());
  settings.silence_max = 200ms;
  settings.connect_timeout = 200ms;
  const auto client = start(std::move(settings));
  EXPECT_TRUE(client->call({"PING"}).ok());
  server.pause();
  std::future<Result<Reply>> first = later_of(*client, {"INCR", "n"}, 50ms);
  std::future<Result<Reply>> second = later_of(*client, {"INCR", "n"}, 10s);
  const Result<Reply> timed_out = first.get();
  EXPECT_EQ(timed_out.error().code(), ErrorCode::timeout);
  EXPECT_EQ(outcome_of(timed_out.error()), Outcome::unknown);
  EXPECT_EQ(outcome_of(second.get().error()), Outcome::unknown);
  EXPECT_EQ(client->counts().connections.hung, 1U);
  std::future<Result<Reply>> third = later_of(*client, {"SET", "k", "v"});
  server.resume();
  EXPECT_TRUE(third.get().ok());
  EXPECT_EQ(client->call({"GET", "n"})->text, "2");  // Unknown was right: it did execute them.
}

TEST_F(RedisFaults, ASlowServerKeepsItsConnection) {
  RedisServer server;
  const auto client = start(server.url());
  EXPECT_TRUE(client->call({"PING"}).ok());
  std::future<Result<Reply>> slow = later_of(*client, {"DEBUG", "SLEEP", "0.3"}, 50ms);
  std::future<Result<Reply>> behind = later_of(*client, {"INCR", "n"}, 50ms);
  std::future<Result<Reply>> patient = later_of(*client, {"INCR", "n"}, 10s);
  EXPECT_EQ(outcome_of(slow.get().error()), Outcome::unknown);
  EXPECT_EQ(outcome_of(behind.get().error()), Outcome::unknown);
  EXPECT_EQ(patient.get()->integer, 2);
  EXPECT_EQ(client->counts().commands.late_replies, 2U);
  EXPECT_EQ(client->counts().connections.lost, 0U);
}

TEST_F(RedisFaults, AServerOutOfMemoryRefusesWritesInItsWordsAndGoesOnByItself) {
  RedisServer server;
  const auto client = start(server.url());
  EXPECT_TRUE(client->call({"SET", "k", "v"}).ok());
  EXPECT_TRUE(client->call({"CONFIG", "SET", "maxmemory", "1"}).ok());
  const Result<Reply> full = client->call({"SET", "k", "w"});
  EXPECT_EQ(server_code(full.error()), "OOM");
  EXPECT_TRUE(full.error().definitely_not_executed());
  EXPECT_EQ(client->call({"GET", "k"})->text, "v");
  const Script write("return redis.call('SET', KEYS[1], 'x')");
  EXPECT_EQ(server_code(client->call(Command::of_script(write, {"k"}, {})).error()), "OOM");
  EXPECT_TRUE(client->call({"CONFIG", "SET", "maxmemory", "0"}).ok());
  EXPECT_TRUE(client->call({"SET", "k", "w"}).ok());
}

TEST_F(RedisFaults, AReadOnlyReplicaAnswersReadsAndRefusesWrites) {
  RedisServer server;
  const auto client = start(server.url());
  EXPECT_TRUE(client->call({"SET", "k", "v"}).ok());
  EXPECT_TRUE(client->call({"REPLICAOF", "127.0.0.1", std::to_string(free_redis_port())}).ok());
  const Result<Reply> refused = client->call({"SET", "k", "w"});
  EXPECT_EQ(server_code(refused.error()), "READONLY");
  EXPECT_TRUE(refused.error().definitely_not_executed());
  EXPECT_EQ(client->call({"GET", "k"})->text, "v");
  EXPECT_EQ(client->counts().connections.lost, 0U);
}

TEST_F(RedisFaults, AServerThatEvictsSaysSoAtItsConnection) {
  RedisServer keeps;
  RedisServer evicts({"--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"});
  const auto first = start(keeps.url());
  EXPECT_FALSE(connection(1).may_evict());
  const auto second = start(evicts.url());
  EXPECT_TRUE(connection(2).may_evict());
  EXPECT_EQ(connection(2).eviction_policy, "allkeys-lru");
}

TEST_F(RedisFaults, AWrongPasswordIsRefusedInTheServersWords) {
  RedisServer server({"--requirepass", "right"});
  const auto with = [&](const std::string& who) { return "unix://" + who + server.socket(); };
  const auto wrong = start(with(":wrong@"));
  const Result<Reply> refused = wrong->call({"PING"});
  EXPECT_EQ(server_code(refused.error()), "WRONGPASS");
  EXPECT_TRUE(refused.error().definitely_not_executed());
  const auto none = start(with(""));
  EXPECT_EQ(server_code(none->call({"PING"}).error()), "NOAUTH");
  const auto right = start(with(":right@"));
  EXPECT_TRUE(right->call({"PING"}).ok());
  EXPECT_TRUE(log->lines_with(":wrong").empty());
  // It may be mended on the server.
  EXPECT_TRUE(right->call({"CONFIG", "SET", "requirepass", "wrong"}).ok());
  wait_until([&] { return wrong->counts().is_connected; });
  EXPECT_TRUE(wrong->call({"PING"}).ok());
}

TEST_F(RedisFaults, AUserMayDoWhatItsRulesAllow) {
  RedisServer server({"--user", "ann", "on", ">p@ss", "~a*", "+@all", "-info"});
  const auto ann = start("unix://ann:p%40ss@" + server.socket());
  EXPECT_TRUE(ann->call({"SET", "a1", "v"}).ok());
  const Result<Reply> refused = ann->call({"SET", "b1", "v"});
  EXPECT_EQ(server_code(refused.error()), "NOPERM");
  EXPECT_TRUE(refused.error().definitely_not_executed());
  EXPECT_FALSE(connection(1).known);  // INFO is forbidden to it.
}

TEST_F(RedisFaults, ADatabaseThatIsNotThereIsARefusal) {
  RedisServer server;
  const auto client = start(server.url() + "?db=99");
  const Result<Reply> refused = client->call({"PING"});
  EXPECT_EQ(outcome_of(refused.error()), Outcome::refused);
  EXPECT_TRUE(contains(refused.error().context(), "DB index"));
}

TEST_F(RedisFaults, AServerWithoutRoomForClientsIsWaitedFor) {
  RedisServer server({"--maxclients", "1"});
  auto first = start(server.url());
  EXPECT_TRUE(first->call({"PING"}).ok());
  const auto second = start(server.url());
  std::future<Result<Reply>> waits = later_of(*second, {"PING"});
  wait_until([&] { return second->counts().connections.failed_tries >= 2; });
  first.reset();
  EXPECT_TRUE(waits.get().ok());
}

TEST_F(RedisFaults, ConnectionsThatAreEndedComeAgain) {
  RedisServer server;
  const auto client = start(server.url());
  const auto killer = start(server.url());
  EXPECT_TRUE(killer->call({"PING"}).ok());
  for (std::uint64_t i = 1; i <= 10; ++i) {
    EXPECT_TRUE(client->call({"PING"}).ok());
    EXPECT_TRUE(killer->call({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}).ok());
    wait_until([&] { return client->counts().connections.lost == i; });
  }
  EXPECT_EQ(killer->counts().connections.lost, 0U);
}

std::unique_ptr<RedisServer> replica_of(const RedisServer& master) {
  return std::make_unique<RedisServer>(
      std::vector<std::string>{"--replicaof", "127.0.0.1", std::to_string(master.port())},
      RedisServer::Reach::by_port);
}

TEST_F(RedisFaults, AFailOverBySentinelIsFollowedAndLosesWhatWasNotReplicated) {
  RedisServer master({"--repl-diskless-sync-delay", "0"}, RedisServer::Reach::by_port);
  const auto replica = replica_of(master);
  const auto direct = start(master.url());
  EXPECT_TRUE(direct->call({"SET", "k", "replicated"}).ok());
  wait_until([&] { return direct->call({"WAIT", "1", "100"})->integer == 1; });
  RedisSentinel sentinel(master);
  const auto watcher = start("redis://127.0.0.1:" + std::to_string(sentinel.port()));
  wait_until([&] {  // Until it has heard of the replica.
    const Result<Reply> known = watcher->call({"SENTINEL", "REPLICAS", "orders"});
    return known.ok() && known->elements.size() == 1;
  });
  const auto client = start("sentinel://127.0.0.1:" + std::to_string(free_redis_port()) +
                            ",127.0.0.1:" + std::to_string(sentinel.port()) + "/orders");
  EXPECT_EQ(client->call({"GET", "k"})->text, "replicated");
  const ServerFacts before = connection(3);

  replica->pause();
  EXPECT_EQ(direct->call({"CLIENT", "KILL", "TYPE", "replica"})->integer, 1);
  EXPECT_TRUE(client->call({"SET", "k", "acknowledged"}).ok());
  master.kill();
  replica->resume();
  const Result<Reply> after = client->call({"GET", "k"}, 15s);
  ASSERT_TRUE(after.ok()) << after.error().to_string();
  EXPECT_EQ(after->text,
            "replicated");  // The acknowledged write is lost, and the facts tell of it.
  EXPECT_EQ(connection(4).role, "master");
  EXPECT_NE(connection(4).run_id, before.run_id);
  EXPECT_NE(connection(4).replication_id, before.replication_id);
  EXPECT_EQ(connection(4).endpoint, "127.0.0.1:" + std::to_string(replica->port()));
}

}  // namespace
}  // namespace troupe::redis
