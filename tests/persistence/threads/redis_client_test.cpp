// The client with a server that is well, or that is none.
#include <atomic>
#include <troupe/base/descriptors.hpp>

#include "redis_fixture.hpp"
#include "redis_listener.hpp"

namespace troupe::redis {
namespace {

class RedisClientTest : public RedisFixture {};

TEST_F(RedisClientTest, AnswersEachKindOfReply) {
  RedisServer server;
  const auto client = start(server.url());
  EXPECT_TRUE(client->call({"SET", "k", "v"})->is_status("OK"));
  EXPECT_EQ(client->call({"GET", "k"})->text, "v");
  EXPECT_TRUE(client->call({"GET", "none"})->is_nil());
  EXPECT_EQ(client->call({"INCR", "n"})->integer, 1);
  EXPECT_EQ(client->call({"MGET", "k", "none"})->elements.size(), 2U);
  const Result<Reply> wrong = client->call({"LPUSH", "k", "x"});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(outcome_of(wrong.error()), Outcome::refused);
  EXPECT_EQ(server_code(wrong.error()), "WRONGTYPE");
  const ServerFacts facts = connection(1);
  EXPECT_TRUE(facts.known);
  EXPECT_EQ(facts.role, "master");
  EXPECT_EQ(facts.run_id.size(), 40U);
  EXPECT_EQ(facts.replication_id.size(), 40U);
  EXPECT_FALSE(facts.append_only);
}

TEST_F(RedisClientTest, ReachesAServerByNameAndDatabase) {
  RedisServer server({}, RedisServer::Reach::by_port);
  const std::string place = ":" + std::to_string(server.port());
  const auto by_name = start("redis://localhost" + place + "/3");
  EXPECT_TRUE(by_name->call({"SET", "k", "v"}).ok());
  const auto by_address = start("redis://127.0.0.1" + place);
  EXPECT_TRUE(by_address->call({"GET", "k"})->is_nil());
  const auto by_socket = start(server.url() + "?db=3");
  EXPECT_EQ(by_socket->call({"GET", "k"})->text, "v");
}

TEST_F(RedisClientTest, TakesCommandsOfManyThreadsEachInItsOrder) {
  RedisServer server;
  const auto client = start(server.url());
  std::atomic<int> answered{0};
  std::atomic<int> out_of_order{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, key = "k" + std::to_string(t)] {
      for (int i = 1; i <= 2'000; ++i) {
        static_cast<void>(client->send({"INCR", key}, [&, i](const Result<Reply>& result) {
          if (!result.ok() || result->integer != i) ++out_of_order;
          ++answered;
        }));
      }
    });
  }
  for (std::thread& one : threads) one.join();
  wait_until([&] { return answered == 8'000; });
  EXPECT_EQ(out_of_order, 0);
  const RedisCounts counts = client->counts();
  EXPECT_EQ(counts.commands.submitted, 8'000U);
  EXPECT_EQ(counts.commands.answered, 8'000U);
  EXPECT_EQ(counts.waiting, 0U);
  EXPECT_EQ(counts.waiting_bytes, 0U);
}

TEST_F(RedisClientTest, LoadsScriptsOnEachConnectionAndWhenTheyAreMissed) {
  RedisServer server;
  const Script known("return redis.call('RPUSH', KEYS[1], ARGV[1])");
  const Script other("return redis.call('RPUSH', KEYS[1], 'o' .. ARGV[1])");
  RedisSettings settings = settings_for(server.url());
  settings.scripts = {known};
  const auto client = start(std::move(settings));
  EXPECT_EQ(client->call(Command::of_script(known, {"l"}, {"1"}))->integer, 1);
  EXPECT_EQ(client->counts().commands.scripts_missed, 0U);
  EXPECT_EQ(client->call(Command::of_script(other, {"l"}, {"2"}))->integer, 2);
  EXPECT_EQ(client->counts().commands.scripts_missed, 1U);
  EXPECT_TRUE(client->call({"SCRIPT", "FLUSH"}).ok());
  std::vector<std::future<Result<Reply>>> all;
  for (int i = 3; i < 103; ++i) {
    all.push_back(later_of(*client, Command::of_script(i % 2 == 0 ? known : other, {"l"}, {"x"})));
  }
  for (int i = 3; i < 103; ++i) {
    EXPECT_EQ(all[static_cast<std::size_t>(i) - 3].get()->integer, i);
  }
}

TEST_F(RedisClientTest, RefusesWhatIsTooMuchAtOnce) {
  RedisServer server;
  RedisSettings settings = settings_for(server.url());
  settings.commands_max = 10;
  settings.bytes_max = 10'000;
  settings.command_bytes_max = 5'000;
  const auto client = start(std::move(settings));
  static_cast<void>(connection(1));
  server.pause();
  std::vector<std::future<Result<Reply>>> all;
  for (int i = 0; i < 12; ++i) all.push_back(later_of(*client, {"PING"}));
  EXPECT_EQ(all[10].get().error().code(), ErrorCode::limit_reached);
  EXPECT_EQ(later_of(*client, {"SET", "k", std::string(6'000, 'x')}).get().error().code(),
            ErrorCode::frame_too_large);
  EXPECT_EQ(later_of(*client, {"SELECT", "1"}).get().error().code(), ErrorCode::malformed);
  EXPECT_EQ(client->counts().turned_away, 4U);
  server.resume();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(all[static_cast<std::size_t>(i)].get().ok());
  EXPECT_TRUE(client->call({"PING"}).ok());
}

TEST_F(RedisClientTest, EndsAConnectionWhoseReplyIsTooLarge) {
  RedisServer server;
  RedisSettings settings = settings_for(server.url());
  settings.reply_bytes_max = 10'000;
  const auto client = start(std::move(settings));
  EXPECT_TRUE(client->call({"SETRANGE", "k", "1000000", "x"}).ok());
  const Result<Reply> large = client->call({"GET", "k"});
  EXPECT_EQ(large.error().code(), ErrorCode::frame_too_large);
  EXPECT_EQ(outcome_of(large.error()), Outcome::unknown);
  EXPECT_TRUE(client->call({"PING"}).ok());
}

TEST_F(RedisClientTest, RefusesSettingsThatMakeNoSense) {
  EXPECT_EQ(RedisClient::start({.url = "localhost"}, platform).error().code(),
            ErrorCode::invalid_setting);
  EXPECT_EQ(RedisClient::start({.url = "redis://db", .commands_max = 0}, platform).error().code(),
            ErrorCode::invalid_setting);
}

TEST_F(RedisClientTest, SaysWhatIsNoRedis) {
  RedisListener web("HTTP/1.1 400 Bad Request\r\n\r\n");
  const auto client = start(web.url());
  const Result<Reply> result = client->call({"PING"}, 300ms);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::timeout);
  EXPECT_TRUE(result.error().definitely_not_executed());
  EXPECT_TRUE(contains(result.error().context(), "HTTP/1.1 400")) << result.error().context();
}

TEST_F(RedisClientTest, GivesUpWhoSaysNothing) {
  RedisListener silent("");
  RedisSettings settings = settings_for(silent.url());
  settings.connect_timeout = 50ms;
  const auto client = start(std::move(settings));
  wait_until([&] { return client->counts().connections.failed_tries >= 2; });
  EXPECT_EQ(client->counts().connections.connections, 0U);
}

TEST_F(RedisClientTest, KeepsTheLogShortWhileAServerIsAway) {
  RedisSettings settings = settings_for("unix:///tmp/no/such/socket");
  settings.backoff_max = 5ms;
  const auto client = start(std::move(settings));
  wait_until([&] { return client->counts().connections.failed_tries >= 40; });
  EXPECT_LE(log->lines().size(), 10U);
  EXPECT_GE(client->counts().log_lines_left_out, 30U);
  EXPECT_EQ(log->lines_with("No such file or directory").size(), log->lines().size());
}

TEST_F(RedisClientTest, AnUnknownHostIsSaidToBeOne) {
  const auto client = start("redis://no-such-host.invalid");
  wait_until([&] { return client->counts().connections.failed_tries >= 1; });
  EXPECT_TRUE(contains(client->call({"PING"}, 10ms).error().context(), "no-such-host.invalid"));
}

TEST_F(RedisClientTest, AtItsEndAnswersWhatItHasTimeForAndFailsTheRestOnce) {
  RedisServer server;
  auto client = start(server.url());
  std::atomic<int> answered{0};
  std::atomic<int> failed{0};
  const auto count = [&](const Result<Reply>& result) { ++(result.ok() ? answered : failed); };
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(client->send({"PING"}, count).ok());
  client->close(10s);
  EXPECT_EQ(answered, 1'000);
  EXPECT_EQ(client->send({"PING"}, count).error().code(), ErrorCode::shutdown);

  client = start(server.url());
  EXPECT_TRUE(client->call({"PING"}).ok());
  server.pause();
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(client->send({"PING"}, count).ok());
  client->close(10ms);
  EXPECT_EQ(failed, 1'000);
  client->close(10s);  // Again: the same end.
  client.reset();
  EXPECT_EQ(answered, 1'000);
}

TEST_F(RedisClientTest, MayEndAtAnyMoment) {
  RedisServer server;
  for (int round = 0; round < 60; ++round) {
    const auto client = start(server.url());
    std::atomic<int> accepted{0};
    std::atomic<int> outcomes{0};
    std::thread sender([&] {
      while (client->send({"PING"}, [&](const Result<Reply>&) { ++outcomes; }).ok()) ++accepted;
    });
    while (accepted < round * 3) std::this_thread::yield();
    client->close(round % 2 == 0 ? 0ms : 5ms);
    sender.join();
    EXPECT_EQ(outcomes, accepted);
  }
}

TEST_F(RedisClientTest, ThatComeAndGoLeaveNothingBehind) {
  RedisServer server;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(start(server.url())->call({"PING"}).ok());
  const std::size_t before = count_descriptors().used;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(start(server.url())->call({"PING"}).ok());
  EXPECT_LE(count_descriptors().used, before);
}

TEST_F(RedisClientTest, ACallbackMaySend) {
  RedisServer server;
  const auto client = start(server.url());
  std::promise<std::int64_t> last;
  std::function<void(Result<Reply>)> again = [&](const Result<Reply>& result) {
    if (result->integer == 1'000) return last.set_value(result->integer);
    EXPECT_TRUE(client->send({"INCR", "n"}, again).ok());
  };
  EXPECT_TRUE(client->send({"INCR", "n"}, again).ok());
  EXPECT_EQ(last.get_future().get(), 1'000);
}

}  // namespace
}  // namespace troupe::redis
