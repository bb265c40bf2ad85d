// The scripts of a cluster's table on a real Redis, against the table that is simulated.
#include <troupe/base/random.hpp>
#include <troupe/cluster/redis/table_commands.hpp>
#include <troupe/cluster/redis/table_scripts.hpp>
#include <troupe/testkit/simulated_table.hpp>

#include "../persistence/redis_fixture.hpp"

namespace troupe::cluster {
namespace {

using redis::RedisClient;
using testkit::SimulatedTable;
using Kind = TableRequest::Kind;

MemberRecord record_of(const Identity& identity) {
  MemberRecord record;
  record.identity = identity;
  record.meta.roles = {"worker", std::string("\0\xff{}", 4)};
  record.meta.labels = {{"zone", "1"}};
  record.meta.schema_digest = 0xfedcba9876543210U;
  return record;
}

class RedisTable : public redis::RedisFixture {
 protected:
  void SetUp() override {
    RedisFixture::SetUp();
    if (IsSkipped()) return;
    server_ = std::make_unique<RedisServer>();
    client_ = start(server_->url());
  }

  [[nodiscard]] Result<TableAnswer> ask(const TableRequest& request) {
    const auto reply = client_->call(table_command(request, keys_));
    if (!reply.ok()) return reply.error();
    return table_answer(*reply);
  }
  void order(std::initializer_list<std::string_view> command) {
    ASSERT_TRUE(client_->call(redis::Command(command)).ok());
  }

  /// A request as one of few nodes may send it at any time, reasonable or not.
  [[nodiscard]] TableRequest any_request(Random& random) const {
    const auto any = [&] {
      const std::uint64_t number = random.below(8);
      return Identity{"n" + std::to_string(number % 5) + "@h:1", 0xf000000000000001U + number};
    };
    TableRequest request;
    request.kind = static_cast<Kind>(random.below(8));
    if (request.kind == Kind::merge && random.below(4) != 0) request.kind = Kind::vote;
    if (request.kind == Kind::down && random.below(4) != 0) request.kind = Kind::renew;
    request.generation = random.below(20) == 0 ? random.next() : model_.generation();
    request.since = random.below(model_.version() + 2);
    request.floor = random.below(3) == 0 ? random.below(model_.version() + 1) : 0;
    request.actor = any();
    request.subject = any();
    const auto row = model_.rows().find(table_key(request.subject));
    if (row != model_.rows().end()) {
      request.subject_version = row->second.version - (random.below(8) == 0 ? 1 : 0);
      request.refutation = row->second.record.refutation;
    }
    if (random.below(8) == 0) request.refutation += 1;
    request.accuses = random.below(4) != 0;
    request.records = {record_of(request.actor)};
    if (request.kind == Kind::merge) request.records.push_back(record_of(any()));
    for (MemberRecord& record : request.records) {
      record.rank = static_cast<Rank>(random.below(request.kind == Kind::merge ? 6 : 4));
      record.cause = static_cast<Cause>(record.rank >= Rank::down ? random.below(2) : 0);
      record.refutation = static_cast<std::uint32_t>(random.below(3));
      record.up_number = static_cast<std::uint32_t>(random.below(3));
      record.meta_number = static_cast<std::uint32_t>(random.below(3));
      record.meta.roles.push_back(std::to_string(record.meta_number));
    }
    request.cluster = random.below(50) == 0 ? 7 : 0xfffffffffffffff1U;
    request.new_generation = random.next();
    request.seen = random.below(20) == 0 ? model_.version() + random.below(9) : 0;
    request.quorum_max = random.below(10) == 0 ? 3 : 0;
    if (random.below(2) == 0) request.idle_at = model_.renewals() - random.below(2);
    request.limits = {5, 2};
    return request;
  }

  /// Something is lost, or everything.
  void lose(Random& random) {
    switch (random.below(5)) {
      case 0: model_.flush(); return order({"FLUSHALL"});
      case 1: model_.lose_rows(); return order({"DEL", keys_[1]});
      case 2: model_.lose_leases(); return order({"DEL", keys_[3]});
      case 3: model_.lose_graves(); return order({"DEL", keys_[5]});
      default: model_.lose_votes(); return order({"DEL", keys_[4]});
    }
  }

  const std::vector<std::string> keys_ = table_keys("bank {of} Zürich");
  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<RedisClient> client_;
  SimulatedTable model_;
};

TEST_F(RedisTable, AndTheSimulatedOneGiveTheSameAnswersToTenThousandRequests) {
  Random random(11);
  std::map<TableStatus, int> answers;
  std::map<Rank, int> ranks;

  for (int i = 0; i < 10'000; ++i) {
    if (random.below(200) == 0) lose(random);
    const TableRequest request = any_request(random);
    const TableAnswer expected = model_.handle(request);
    const Result<TableAnswer> answered = ask(request);
    ASSERT_TRUE(answered.ok()) << i << ": " << answered.error().context();
    ASSERT_EQ(*answered, expected)
        << i << ": kind " << static_cast<int>(request.kind) << " said "
        << to_string(answered->status) << ", the model " << to_string(expected.status);
    ++answers[answered->status];
    for (const TableRow& row : answered->rows) ++ranks[row.record.rank];
  }

  EXPECT_EQ(answers.size(), 9U) << "every answer was given";
  EXPECT_EQ(ranks.size(), 6U) << "members of every rank were met";
}

TEST_F(RedisTable, GivesManyRowsAPageAtATime) {
  TableRequest request;
  request.cluster = 1;
  request.new_generation = request.generation = 2;
  request.kind = Kind::merge;
  for (std::uint64_t i = 1; i <= 250; ++i) {
    request.records.push_back(record_of({"n" + std::to_string(i) + "@h:1", i}));
  }
  request.actor = request.records[0].identity;
  ASSERT_EQ(ask(request).value().rows.size(), 100U);

  request.kind = Kind::read;
  std::size_t rows = 0;
  TableAnswer answer;
  do {
    answer = ask(request).value();
    rows += answer.rows.size();
    request.since = answer.rows.back().version;
  } while (answer.has_more);

  EXPECT_EQ(rows, 250U);
  EXPECT_EQ(request.since, answer.version);
}

/// WAIT is for what a connection has written: on some servers for nothing, where that is nothing.
TEST_F(RedisTable, IsWrittenToByEachRequestOfAMember) {
  const auto written = [&] {
    const std::string info = client_->call({"INFO", "persistence"})->text;
    constexpr std::string_view name = "rdb_changes_since_last_save:";
    return std::stoull(info.substr(info.find(name) + name.size()));
  };
  TableRequest request;
  request.kind = Kind::join;
  request.actor = {"a@h:1", 1};
  request.records = {record_of(request.actor)};
  request.cluster = 1;
  request.generation = request.new_generation = 2;
  ASSERT_EQ(ask(request).value().status, TableStatus::done);
  request.subject = {"nobody@h:1", 7};

  for (const Kind kind :
       {Kind::join, Kind::change, Kind::renew, Kind::vote, Kind::down, Kind::remove, Kind::merge}) {
    request.kind = kind;
    const auto before = written();
    ASSERT_TRUE(ask(request).ok());
    EXPECT_GT(written(), before) << "kind " << static_cast<int>(kind);
  }
}

TEST_F(RedisTable, KeepsNoNotesOfTheDead) {
  TableRequest request;
  request.cluster = 1;
  request.generation = request.new_generation = 2;
  request.kind = Kind::merge;
  request.actor = {"a@h:1", 1};
  request.records = {record_of(request.actor), record_of({"b@h:1", 2})};
  for (MemberRecord& record : request.records) record.meta.labels["of"] = std::string(250, 'x');
  request.records[1].rank = Rank::removed;

  const TableAnswer answer = ask(request).value();

  ASSERT_EQ(answer.rows.size(), 2U);
  EXPECT_EQ(answer.rows[1].record.meta, MemberMeta());
  EXPECT_LT(client_->call({"HSTRLEN", keys_[1], table_key({"b@h:1", 2})})->integer, 30);
}

TEST_F(RedisTable, OfAnotherKindUnderItsKeysIsAnErrorAndIsLeftAlone) {
  order({"SET", keys_[4], "mine"});
  TableRequest request;
  request.kind = Kind::join;
  request.actor = {"a@h:1", 1};
  request.records = {record_of(request.actor)};

  const auto answered = ask(request);

  ASSERT_FALSE(answered.ok());
  EXPECT_EQ(answered.error().code(), ErrorCode::refused);
  EXPECT_TRUE(contains(answered.error().context(), "WRONGTYPE"));
  EXPECT_EQ(client_->call({"DBSIZE"})->integer, 1);
}

TEST_F(RedisTable, LiesInOneSlotOfARedisClusterWhateverTheName) {
  for (const char* const name : {"bank", "", "}{", "a}b", "%7d", "a b\n"}) {
    const auto keys = table_keys(name);
    const std::string tag = keys[0].substr(0, keys[0].find('}') + 1);
    EXPECT_FALSE(contains(keys[0], "{}")) << name;
    for (const std::string& key : keys) EXPECT_EQ(key.substr(0, tag.size()), tag);
  }
  EXPECT_NE(table_keys("}"), table_keys("%7d"));
}

TEST_F(RedisTable, IsHeldByARedisClusterToo) {
  const RedisServer of_cluster(
      {"--cluster-enabled", "yes", "--cluster-port", std::to_string(free_redis_port())},
      RedisServer::Reach::by_port);
  client_ = start(of_cluster.url());
  order({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  wait_until([&] { return contains(client_->call({"CLUSTER", "INFO"})->text, "state:ok"); });
  Random random(3);

  for (int i = 0; i < 300; ++i) {
    const TableRequest request = any_request(random);
    const TableAnswer expected = model_.handle(request);
    ASSERT_EQ(ask(request).value(), expected);
  }
}

TEST_F(RedisTable, IsOnAReplicaWhatItIsOnItsMaster) {
  RedisServer replica({"--replicaof", "127.0.0.1", "1"});  // Of nobody yet.
  const RedisServer master({}, RedisServer::Reach::by_port);
  const auto to_master = start(master.url());
  const auto to_replica = start(replica.url());
  ASSERT_TRUE(to_replica->call({"REPLICAOF", "127.0.0.1", std::to_string(master.port())}).ok());
  Random random(5);
  for (int i = 0; i < 500; ++i) {
    const TableRequest request = any_request(random);
    static_cast<void>(model_.handle(request));
    ASSERT_TRUE(to_master->call(table_command(request, keys_)).ok());
  }
  TableRequest all;
  all.generation = model_.generation();

  wait_until([&] {
    const auto link = to_replica->call({"ROLE"});
    return link.ok() && link->elements.size() > 3 && link->elements[3].text == "connected";
  });
  ASSERT_TRUE(to_master->call({"WAIT", "1", "0"}).ok());

  for (const std::string& key : keys_) {
    const auto dump = to_master->call({"DEBUG", "DIGEST-VALUE", key});
    ASSERT_TRUE(dump.ok());
    EXPECT_EQ(*dump, *to_replica->call({"DEBUG", "DIGEST-VALUE", key})) << key;
  }
}

}  // namespace
}  // namespace troupe::cluster
