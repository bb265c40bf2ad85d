#include <gtest/gtest.h>
#include <map>
#include <troupe/persistence/redis/client_core.hpp>
#include <troupe/persistence/redis/redis_failure.hpp>

namespace troupe::redis {
namespace {

using namespace std::chrono_literals;
using State = ClientCore::State;

const TimePoint t0 = TimePoint(1h);
const std::string greeting_answer = "+OK\r\n+PONG\r\n$9\r\nrun_id:42\r\n";

/// A core whose events a test gives.
class Stage {
 public:
  explicit Stage(const std::string& url = "redis://db:7000", RedisSettings with = {})
      : settings(std::move(with)),
        random(1),
        core(settings, RedisUrl::parse(url).value(), random, t0) {}

  void submit(const std::string& name, Duration timeout = 2s) {
    core.submit(
        Command{name},
        [this, name](const Result<Reply>& result) {
          said_ += said_.empty() ? "" : " ";
          said_ += name + "=";
          said_ += result.ok() ? result->text : std::string(to_string(result.error().code()));
          if (!result.ok())
            said_ += result.error().definitely_not_executed() ? "/safe" : "/unknown";
        },
        now + timeout);
  }
  std::string dialled() {
    const std::optional<Endpoint> endpoint = core.take_dial();
    return endpoint ? endpoint->to_string() : "";
  }
  std::string write() {
    std::string all;
    while (!core.output().empty()) {
      const std::string_view bytes = core.output();
      all += bytes;
      core.written(bytes.size(), now);
    }
    return all;
  }
  void receive(std::string_view bytes) { core.received(bytes, now); }
  void connect(const std::string& answer = greeting_answer) {
    dialled();
    core.connected(now);
    write();
    receive(answer);
  }
  /// To the next deadline.
  void pass_time() {
    now = core.deadline();
    core.advance(now);
  }
  void pass_time(Duration by) {
    now += by;
    core.advance(now);
  }
  std::string outcomes() {
    for (Pipeline::Outcome& one : core.take_outcomes()) one.done(std::move(one.result));
    return std::exchange(said_, {});
  }
  std::string notes() {
    std::string all;
    for (const ClientCore::Note& one : core.take_notes()) all += one.text + "\n";
    return all;
  }

  RedisSettings settings;
  Random random;
  TimePoint now = t0;
  ClientCore core;

 private:
  std::string said_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(RedisCore, DialsAtOnceAndGreetsBeforeAnythingElse) {
  Stage stage("redis://ann:hush@db:7000/3", {.name = "n", .scripts = {Script("return 1")}});
  stage.submit("a");
  EXPECT_EQ(stage.dialled(), "db:7000");
  EXPECT_EQ(stage.write(), "");
  stage.core.connected(t0);
  std::string expected;
  for (const Command& one :
       {Command{"AUTH", "ann", "hush"}, Command{"SELECT", "3"}, Command{"CLIENT", "SETNAME", "n"},
        Command{"PING"}, Command{"INFO"}, Command{"SCRIPT", "LOAD", "return 1"}}) {
    expected += one.bytes();
  }
  EXPECT_EQ(stage.write(), expected);
  stage.receive("+OK\r\n+OK\r\n+OK\r\n+PONG\r\n$8\r\nrole:abc\r\n$3\r\nsha\r\n");
  EXPECT_EQ(stage.core.state(), State::ready);
  EXPECT_EQ(stage.write(), Command{"a"}.bytes());
  stage.receive("+fine\r\n");
  EXPECT_EQ(stage.outcomes(), "a=fine");
}

TEST(RedisCore, TellsOfEachConnectionWhatItsServerIs) {
  Stage stage;
  stage.connect(
      "+OK\r\n+PONG\r\n$67\r\nredis_version:7.0.15\r\nrun_id:abc\r\nmaxmemory:5\r\n"
      "maxmemory_policy:lru\r\n\r\n");
  std::optional<ServerFacts> facts = stage.core.take_facts();
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->connection, 1U);
  EXPECT_EQ(facts->version, "7.0.15");
  EXPECT_EQ(facts->run_id, "abc");
  EXPECT_TRUE(facts->may_evict());
  EXPECT_FALSE(stage.core.take_facts());
}

TEST(RedisCore, GoesOnWhereInfoIsForbidden) {
  Stage stage;
  stage.connect("+OK\r\n+PONG\r\n-NOPERM no\r\n");
  EXPECT_EQ(stage.core.state(), State::ready);
  EXPECT_FALSE(stage.core.take_facts()->known);
}

TEST(RedisCore, RestsLongerFromTryToTry) {
  Stage stage;
  Duration longest = 0ns;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(stage.dialled(), "db:7000");
    stage.core.connect_failed("db:7000: Connection refused", stage.now);
    EXPECT_TRUE(stage.core.take_hang_up());
    EXPECT_EQ(stage.core.state(), State::resting);
    const Duration pause = stage.core.deadline() - stage.now;
    EXPECT_GE(pause, 50ms);
    EXPECT_LE(pause, 5s);
    longest = std::max(longest, pause);
    stage.pass_time();
  }
  EXPECT_GT(longest, 2'500ms);
  EXPECT_EQ(stage.core.counts().failed_tries, 20U);
}

TEST(RedisCore, GivesUpADialAndAGreetingThatTakeTooLong) {
  Stage stage;
  stage.dialled();
  stage.pass_time(2s);
  EXPECT_EQ(stage.core.state(), State::resting);
  EXPECT_TRUE(contains(stage.notes(), "could not be reached in time"));
  stage.pass_time();
  stage.dialled();
  stage.core.connected(stage.now);
  stage.write();
  stage.pass_time(2s);
  EXPECT_EQ(stage.core.state(), State::resting);
  EXPECT_TRUE(contains(stage.notes(), "did not answer the greeting in time"));
}

TEST(RedisCore, WarnsOfAServerThatIsAwayOnceForEachReason) {
  Stage stage;
  const auto warnings = [&](const char* reason, int tries) {
    std::size_t count = 0;
    for (int i = 0; i < tries; ++i) {
      stage.dialled();
      stage.core.connect_failed(reason, stage.now);
      for (const auto& note : stage.core.take_notes())
        count += note.level == LogLevel::warn ? 1U : 0U;
      stage.pass_time();
    }
    return count;
  };
  EXPECT_EQ(warnings("Connection refused", 5), 1U);
  EXPECT_EQ(warnings("no route to host", 5), 1U);
  stage.connect();
  stage.core.connection_ended("the server closed it", stage.now);
  static_cast<void>(stage.core.take_notes());
  stage.pass_time();
  EXPECT_EQ(warnings("no route to host", 5), 1U);
}

TEST(RedisCore, CommandsWaitForTheServerAsLongAsTheirTimeLasts) {
  Stage stage;
  stage.submit("short", 1s);
  stage.submit("long", 10s);
  stage.core.connect_failed("db:7000: Connection refused", stage.now);
  stage.pass_time(1s);
  EXPECT_EQ(stage.outcomes(), "short=timeout/safe");
  stage.connect();
  EXPECT_EQ(stage.write(), Command{"long"}.bytes());
}

TEST(RedisCore, ARefusalFailsWhatWaitsAndIsTriedAgain) {
  Stage stage("redis://:wrong@db");
  stage.submit("a");
  stage.connect("-WRONGPASS invalid username-password pair\r\n-NOAUTH x\r\n-NOAUTH x\r\n");
  EXPECT_EQ(stage.outcomes(), "a=refused/safe");
  EXPECT_EQ(stage.core.counts().refused, 1U);
  const std::string notes = stage.notes();
  EXPECT_TRUE(contains(notes, "WRONGPASS"));
  EXPECT_FALSE(contains(notes, ":wrong"));
  stage.pass_time();
  EXPECT_EQ(stage.core.state(), State::dialling);
}

TEST(RedisCore, AMissingPasswordIsARefusal) {
  Stage stage;
  stage.submit("a");
  stage.connect("-NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(stage.outcomes(), "a=refused/safe");
}

TEST(RedisCore, AServerThatLoadsOrIsFullIsWaitedFor) {
  for (const char* text :
       {"+OK\r\n-LOADING Redis is loading the dataset in memory\r\n",
        "+OK\r\n-BUSY Redis is busy\r\n", "+OK\r\n-MASTERDOWN Link with MASTER is down\r\n",
        "+OK\r\n-ERR max number of clients reached\r\n"}) {
    Stage stage;
    stage.submit("a", 10s);
    stage.connect(text);
    EXPECT_EQ(stage.core.state(), State::resting) << text;
    EXPECT_EQ(stage.outcomes(), "") << text;
    stage.pass_time();
    stage.connect();
    EXPECT_EQ(stage.write(), Command{"a"}.bytes());
  }
}

TEST(RedisCore, WhatIsNoRedisIsSaidSoWithWhatItSaid) {
  for (const auto& [answer, text] :
       std::map<std::string, std::string>{{"HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400"},
                                          {"SSH-2.0-OpenSSH\x1b[2J\r\n", "\\x1b[2J"},
                                          {"+OK\r\n+OK\r\n", "answered PING with 'OK'"},
                                          {"+OK\r\n:7\r\n", "answered PING with '7'"}}) {
    Stage stage;
    stage.connect(answer);
    EXPECT_EQ(stage.core.state(), State::resting);
    EXPECT_TRUE(contains(stage.notes(), text)) << text;
  }
}

TEST(RedisCore, NonsenseOnAReadyConnectionEndsItAndWhatWasSentIsUnknown) {
  for (const char* bytes : {"x", "+a\r\n+not asked for\r\n"}) {
    Stage stage;
    stage.connect();
    stage.submit("a");
    stage.write();
    stage.receive(bytes);
    EXPECT_EQ(stage.core.state(), State::resting);
    EXPECT_TRUE(contains(stage.outcomes(), *bytes == 'x' ? "a=node_unreachable/unknown" : "a=a"));
    EXPECT_TRUE(stage.core.take_hang_up());
  }
}

TEST(RedisCore, AReplyThatIsTooLargeEndsItsConnection) {
  Stage stage("redis://db", {.reply_bytes_max = 1'000});
  stage.connect();
  stage.submit("a");
  stage.write();
  stage.receive("$100000\r\n" + std::string(50'000, 'x'));
  EXPECT_EQ(stage.outcomes(), "a=frame_too_large/unknown");
}

TEST(RedisCore, AHungServerIsLeft) {
  Stage stage;
  stage.connect();
  stage.submit("a", 1s);
  stage.submit("b", 10s);
  stage.write();
  stage.pass_time(1s);
  EXPECT_EQ(stage.outcomes(), "a=timeout/unknown");
  EXPECT_EQ(stage.core.state(), State::ready);
  stage.submit("c", 10s);
  stage.pass_time(1s);
  EXPECT_EQ(stage.outcomes(), "b=node_unreachable/unknown");
  EXPECT_EQ(stage.core.state(), State::resting);
  EXPECT_EQ(stage.core.counts().hung, 1U);
  stage.pass_time();
  stage.connect();
  EXPECT_EQ(stage.write(), Command{"c"}.bytes());
}

TEST(RedisCore, APauseBecomesShortAgainOnlyAfterAConnectionThatLasted) {
  Stage stage;
  for (int i = 0; i < 8; ++i) {  // It takes the connection and ends it at once.
    stage.connect();
    stage.core.connection_ended("the server closed it", stage.now);
    stage.pass_time();
  }
  stage.connect();
  stage.core.connection_ended("the server closed it", stage.now);
  EXPECT_GT(stage.core.deadline() - stage.now, 2s);
  stage.pass_time();
  stage.connect();
  stage.pass_time(1s);
  stage.core.connection_ended("the server closed it", stage.now);
  EXPECT_LE(stage.core.deadline() - stage.now, 100ms);
}

TEST(RedisCore, AReadOnlyServerThatIsNamedByTheUrlIsKept) {
  Stage stage;
  stage.connect();
  stage.submit("a");
  stage.write();
  stage.receive("-READONLY You can't write against a read only replica.\r\n");
  EXPECT_EQ(stage.outcomes(), "a=refused/safe");
  EXPECT_EQ(stage.core.state(), State::ready);
}

const std::string by_sentinel = "sentinel://s1:1,s2:2,s3:3/orders";
const std::string names_master = "*2\r\n$8\r\n10.0.0.9\r\n$4\r\n7009\r\n";
const std::string master_answer = "+OK\r\n+PONG\r\n*1\r\n$6\r\nmaster\r\n-NOPERM no\r\n";

TEST(RedisCore, AsksTheSentinelsInTurnAndThenTheServerWhetherItIsTheMaster) {
  Stage stage(by_sentinel);
  EXPECT_EQ(stage.dialled(), "s1:1");
  stage.core.connect_failed("s1:1: Connection refused", stage.now);
  EXPECT_EQ(stage.dialled(), "s2:2");
  stage.core.connected(stage.now);
  EXPECT_EQ(stage.write(), Command({"SENTINEL", "get-master-addr-by-name", "orders"}).bytes());
  stage.receive("*-1\r\n");  // It does not know.
  EXPECT_EQ(stage.dialled(), "s3:3");
  stage.core.connected(stage.now);
  stage.write();
  stage.receive(names_master);
  EXPECT_TRUE(stage.core.take_hang_up());
  EXPECT_EQ(stage.dialled(), "10.0.0.9:7009");
  stage.core.connected(stage.now);
  EXPECT_TRUE(contains(stage.write(), "ROLE"));
  stage.receive(master_answer);
  EXPECT_EQ(stage.core.state(), State::ready);
  // The one that knew is asked first the next time.
  stage.core.connection_ended("the server closed it", stage.now);
  stage.pass_time();
  EXPECT_EQ(stage.dialled(), "s3:3");
}

TEST(RedisCore, RestsWhenNoSentinelKnows) {
  Stage stage(by_sentinel);
  for (const char* place : {"s1:1", "s2:2", "s3:3"}) {
    EXPECT_EQ(stage.dialled(), place);
    stage.pass_time(2s);  // Each has its own time.
  }
  EXPECT_EQ(stage.core.state(), State::resting);
  EXPECT_EQ(stage.dialled(), "");
}

TEST(RedisCore, AnotherSentinelIsAskedWhereTheNamedServerIsNoMaster) {
  Stage stage(by_sentinel);
  stage.connect(names_master);
  stage.connect("+OK\r\n+PONG\r\n*1\r\n$5\r\nslave\r\n");
  EXPECT_EQ(stage.core.state(), State::resting);
  EXPECT_TRUE(contains(stage.notes(), "is no master"));
  stage.pass_time();
  EXPECT_EQ(stage.dialled(), "s2:2");
}

TEST(RedisCore, AMasterThatIsNoneAnyMoreIsLeftWhenAllThatWasSentIsAnswered) {
  Stage stage(by_sentinel);
  stage.connect(names_master);
  stage.connect(master_answer);
  ASSERT_EQ(stage.core.state(), State::ready);
  stage.submit("a");
  stage.submit("b");
  stage.write();
  stage.receive("-READONLY You can't write against a read only replica.\r\n");
  stage.submit("c");
  EXPECT_EQ(stage.write(), "");
  EXPECT_EQ(stage.core.state(), State::ready);
  stage.receive("-READONLY You can't write against a read only replica.\r\n");
  EXPECT_EQ(stage.core.state(), State::resting);
  EXPECT_EQ(stage.outcomes(), "a=refused/safe b=refused/safe");
  stage.pass_time();
  stage.connect(names_master);
  stage.connect(master_answer);
  EXPECT_EQ(stage.write(), Command{"c"}.bytes());
}

TEST(RedisCore, AtItsEndEverythingFailsOnce) {
  Stage stage;
  stage.connect();
  stage.submit("sent");
  stage.write();
  stage.submit("waits");
  stage.core.end(stage.now);
  stage.core.end(stage.now);
  EXPECT_EQ(stage.outcomes(), "sent=shutdown/unknown waits=shutdown/safe");
  EXPECT_TRUE(stage.core.take_hang_up());
  EXPECT_EQ(stage.dialled(), "");
  EXPECT_EQ(stage.core.deadline(), TimePoint::max());
}

}  // namespace
}  // namespace troupe::redis
