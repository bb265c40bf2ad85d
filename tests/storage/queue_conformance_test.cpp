// What every storage does for durable mailboxes.
#include "storages.hpp"

namespace troupe::persistence {
namespace {

using Texts = std::vector<std::string>;

class QueueConformance : public StorageConformance {};

TEST_P(QueueConformance, GivesBackWhatWasAppendedInItsOrder) {
  append("orders", {"a", "b"});
  append("orders", {"c"});

  EXPECT_EQ(texts("orders"), (Texts{"a", "b", "c"}));
}

TEST_P(QueueConformance, NumbersMessagesFromOneWithoutGapsAndTimesNeverGoBack) {
  const Position first = append("orders", {"a", "b"});
  const Position second = append("orders", {"c"});

  EXPECT_EQ(first.number, 1U);
  EXPECT_EQ(second.number, 3U);
  EXPECT_GE(second.milliseconds, first.milliseconds);
  const std::vector<StoredMessage> messages = read("orders");
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[1].position, (Position{first.milliseconds, 2}));
  EXPECT_EQ(messages[2].position, second);
}

TEST_P(QueueConformance, KeepsRecordsOfAnyBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  append("orders", {all, "", all + all});

  EXPECT_EQ(texts("orders"), (Texts{all, "", all + all}));
}

TEST_P(QueueConformance, KeepsQueuesOfAnyNameApart) {
  const std::string odd("a\0'{b}:*\xff\n", 10);
  append(odd, {"odd"});
  append("a", {"plain"});
  append(std::string(255, 'x'), {"long"});

  EXPECT_EQ(texts(odd), Texts{"odd"});
  EXPECT_EQ(texts("a"), Texts{"plain"});
  EXPECT_EQ(texts(std::string(255, 'x')), Texts{"long"});
}

TEST_P(QueueConformance, RefusesNamesThatAreNone) {
  for (const std::string& name : {std::string(), std::string(256, 'x')}) {
    Asked<AppendBatch> request;
    request.queue = name;
    request.producer = request.batch = 1;
    request.records = records_of({"a"});
    EXPECT_EQ(ask(request), Stored::refused);
    EXPECT_NE(request.why.find("255"), std::string::npos) << request.why;
  }
}

TEST_P(QueueConformance, ReadsOnAfterAPositionInTheMidstOfABatch) {
  const Position first = append("orders", {"a", "b", "c"});

  EXPECT_EQ(texts("orders", first), (Texts{"b", "c"}));
  EXPECT_EQ(texts("orders", {first.milliseconds, 2}), Texts{"c"});
  EXPECT_EQ(texts("orders", {first.milliseconds, 3}), Texts{});
}

TEST_P(QueueConformance, ReadsAtMostSoManyMessagesAndBytesButOne) {
  append("orders", {std::string(100, 'a'), std::string(100, 'b'), std::string(100, 'c')});
  Asked<ReadQueue> request;
  request.queue = "orders";

  request.messages_max = 2;
  ask(request);
  EXPECT_EQ(request.messages.size(), 2U);
  EXPECT_EQ(request.last.number, 3U);

  request.messages_max = 256;
  request.bytes_max = 250;
  ask(request);
  EXPECT_EQ(request.messages.size(), 2U);

  request.bytes_max = 1;
  ask(request);
  EXPECT_EQ(request.messages.size(), 1U);
}

TEST_P(QueueConformance, ReadsNothingOfAQueueThatIsNotThere) { EXPECT_EQ(texts("none"), Texts{}); }

TEST_P(QueueConformance, KnowsABatchThatComesAgain) {
  Asked<AppendBatch> request;
  request.queue = "orders";
  request.producer = 7;
  request.batch = 3;
  request.records = records_of({"a", "b"});
  EXPECT_EQ(ask(request), Stored::stored);
  const Position first = request.first;
  append("orders", {"c"});

  EXPECT_EQ(ask(request), Stored::again);
  EXPECT_EQ(request.first, first);
  EXPECT_EQ(request.taken, 2U);
  EXPECT_EQ(texts("orders"), (Texts{"a", "b", "c"}));

  request.batch = 2;
  EXPECT_EQ(ask(request), Stored::refused);
  request.batch = 4;
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(state("orders").books.stored, 5U);
}

TEST_P(QueueConformance, TakesOfABatchWhatTheQueueHasRoomFor) {
  Asked<AppendBatch> request;
  request.queue = "orders";
  request.producer = 7;
  request.batch = 1;
  request.records = records_of({"a", "b", "c"});
  request.messages_max = 2;

  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(request.taken, 2U);
  EXPECT_EQ(ask(request), Stored::again);
  EXPECT_EQ(request.taken, 2U);

  request.batch = 2;
  request.records = records_of({"c"});
  EXPECT_EQ(ask(request), Stored::queue_full);
  EXPECT_EQ(request.taken, 0U);
  const Token token = claim("orders");
  settle("orders", token, 1, 1);
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(texts("orders"), (Texts{"b", "c"}));
}

TEST_P(QueueConformance, LimitsTheBytesThatWait) {
  Asked<AppendBatch> request;
  request.queue = "orders";
  request.producer = 7;
  request.batch = 1;
  request.records = records_of({std::string(60, 'a'), std::string(60, 'b')});
  request.bytes_max = 100;
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(request.taken, 1U);
  EXPECT_EQ(state("orders").waiting_bytes, 60U);

  const Token token = claim("orders");
  settle("orders", token, 1, 1);
  EXPECT_EQ(state("orders").waiting_bytes, 0U);

  request.batch = 2;
  request.records = records_of({std::string(200, 'c')});
  EXPECT_EQ(ask(request), Stored::stored) << "an empty queue takes one of any size";
  request.batch = 3;
  EXPECT_EQ(ask(request), Stored::queue_full);
}

TEST_P(QueueConformance, RefusesBatchesThatMakeNoSense) {
  Asked<AppendBatch> request;
  request.queue = "orders";
  EXPECT_EQ(ask(request), Stored::refused) << "no producer";
  request.producer = 1;
  request.batch = 1;
  EXPECT_EQ(ask(request), Stored::refused) << "no message";
  request.records = records_of({std::string(storage().limits().record_bytes_max + 1, 'x')});
  EXPECT_EQ(ask(request), Stored::refused) << "a record past the limit";
  EXPECT_FALSE(request.why.empty());
  request.records.clear();
  for (std::size_t i = 0; i <= storage().limits().batch_records_max; ++i) request.records.add("");
  EXPECT_EQ(ask(request), Stored::refused) << "a batch past the limit";
  EXPECT_EQ(texts("orders"), Texts{});
}

TEST_P(QueueConformance, ARecordOfTheLargestSizeComesBack) {
  const std::string large(storage().limits().record_bytes_max, 'x');
  append("orders", {"before", large, "after"});

  EXPECT_EQ(texts("orders"), Texts{"before"}) << "the next one is past bytes_max";
  const Position first = read("orders").front().position;
  EXPECT_EQ(texts("orders", first), Texts{large});
  EXPECT_EQ(texts("orders", {first.milliseconds, 2}), Texts{"after"});
}

TEST_P(QueueConformance, SettlesUpToTheCursor) {
  append("orders", {"a", "b", "c", "d"});
  const Token token = claim("orders");

  EXPECT_EQ(settle("orders", token, 1, 3), Stored::stored);

  EXPECT_EQ(texts("orders"), Texts{"d"});
  const QueueState now = state("orders");
  EXPECT_EQ(now.cursor.number, 3U);
  EXPECT_EQ(now.books, (QueueBooks{.stored = 4, .settled = 3, .waiting = 1}));
  EXPECT_EQ(now.waiting_bytes, 1U);
}

TEST_P(QueueConformance, TheCursorIsAPositionToReadFrom) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");
  settle("orders", token, 1, 2);

  EXPECT_EQ(texts("orders", state("orders").cursor), Texts{"c"});
}

TEST_P(QueueConformance, KnowsASettleBatchThatComesAgain) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");
  EXPECT_EQ(settle("orders", token, 1, 1), Stored::stored);
  EXPECT_EQ(settle("orders", token, 1, 2), Stored::again);

  EXPECT_EQ(texts("orders"), (Texts{"b", "c"}));
}

TEST_P(QueueConformance, ASettleBatchThatMovesNothingStoresAttempts) {
  append("orders", {"a", "b"});
  Asked<SettleBatch> request;
  request.queue = "orders";
  request.token = claim("orders");
  request.number = 1;
  request.attempts = {.number = 1, .count = 3};
  EXPECT_EQ(ask(request), Stored::stored);

  EXPECT_EQ(state("orders").attempts, (Attempts{1, 3}));
  EXPECT_EQ(state("orders").books.waiting, 2U);
  EXPECT_EQ(settle("orders", request.token, 2, 1), Stored::stored);
  EXPECT_EQ(state("orders").attempts, Attempts{});
}

TEST_P(QueueConformance, RefusesToSettleWhatIsNotThere) {
  append("orders", {"a", "b"});
  const Token token = claim("orders");

  EXPECT_EQ(settle("orders", token, 1, 3), Stored::refused);
  EXPECT_EQ(settle("orders", token, 1, 1, {{.number = 2, .error = "x"}}), Stored::refused);
  EXPECT_EQ(settle("orders", token, 1, 2, {{.number = 2}, {.number = 1}}), Stored::refused);
  Asked<SettleBatch> request;
  request.queue = "orders";
  request.token = token;
  request.number = 1;
  request.through = 2;
  request.dead = {{.number = 1}};
  request.expired = {1};
  EXPECT_EQ(ask(request), Stored::refused) << "dead and expired";
  EXPECT_EQ(texts("orders"), (Texts{"a", "b"}));
  EXPECT_EQ(settle("orders", token, 1, 2), Stored::stored) << "the number may be used again";
}

TEST_P(QueueConformance, CountsWhatHasExpired) {
  append("orders", {"a", "b", "c"});
  Asked<SettleBatch> request;
  request.queue = "orders";
  request.token = claim("orders");
  request.number = 1;
  request.through = 3;
  request.expired = {1, 3};
  EXPECT_EQ(ask(request), Stored::stored);

  EXPECT_EQ(state("orders").books, (QueueBooks{.stored = 3, .settled = 1, .expired = 2}));
}

TEST_P(QueueConformance, TellsTheOwnerOfWhatItHasNotSeen) {
  append("orders", {"a"});
  const Token token = claim("orders");
  append("orders", {"b"});
  Asked<SettleBatch> request;
  request.queue = "orders";
  request.token = token;
  request.number = 1;
  request.through = 1;
  EXPECT_EQ(ask(request), Stored::stored);

  EXPECT_EQ(request.last.number, 2U);
  EXPECT_EQ(request.cursor.number, 1U);
}

TEST_P(QueueConformance, ClaimsOfOneNodeFenceThoseBefore) {
  append("orders", {"a"});
  const Token old = claim("orders", this_node, 1);
  const Token now = claim("orders", this_node, 2);

  EXPECT_GT(now.epoch, old.epoch);
  EXPECT_EQ(settle("orders", old, 1, 1), Stored::fenced);
  EXPECT_EQ(settle("orders", now, 1, 1), Stored::stored);
}

TEST_P(QueueConformance, TokensAreComparedWhole) {
  append("orders", {"a"});
  const Token token = claim("orders");
  Token other = token;
  other.instance += 1;
  EXPECT_EQ(settle("orders", other, 1, 1), Stored::fenced);
  other = token;
  other.incarnation += 1;
  EXPECT_EQ(settle("orders", other, 1, 1), Stored::fenced);
  EXPECT_EQ(settle("orders", {}, 1, 1), Stored::fenced);
}

TEST_P(QueueConformance, AnotherNodeClaimsOnlyOverWhomItKnowsToBeDown) {
  const Token token = claim("orders", this_node, 1);
  Asked<ClaimQueue> request;
  request.queue = "orders";
  request.incarnation = other_node;
  request.instance = 1;

  EXPECT_EQ(ask(request), Stored::owned);
  EXPECT_EQ(request.token, token);
  EXPECT_NE(request.why.find(to_string(token)), std::string::npos) << request.why;
  request.gone = token;
  request.gone.instance += 1;
  EXPECT_EQ(ask(request), Stored::owned);
  request.gone = token;
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(ask(request), Stored::stored) << "a node takes from itself";
  EXPECT_EQ(settle("orders", token, 1, 0), Stored::fenced);
}

TEST_P(QueueConformance, TheLivesOfNobodyClaimOnlyOnce) {
  const Token first = claim("orders", this_node, 1);
  claim("orders", other_node, 1, first);
  Asked<ClaimQueue> late;
  late.queue = "orders";
  late.incarnation = 0xc3;
  late.instance = 1;
  late.gone = first;

  EXPECT_EQ(ask(late), Stored::owned);
}

TEST_P(QueueConformance, TellsHowFarAQueueGoesWhereNoMessageIsAskedFor) {
  append("orders", {"a", "b"});
  Asked<ReadQueue> request;
  request.queue = "orders";
  request.messages_max = 0;
  EXPECT_EQ(ask(request), Stored::stored) << request.why;

  EXPECT_TRUE(request.messages.empty());
  EXPECT_EQ(request.last.number, 2U);
}

TEST_P(QueueConformance, AClaimTellsWhatTheOwnerBeforeHasStored) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");
  Asked<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = token;
  settling.number = 9;
  settling.through = 1;
  settling.attempts = {.number = 2, .count = 4};
  ask(settling);

  Asked<ClaimQueue> request;
  request.queue = "orders";
  request.incarnation = this_node;
  request.instance = 2;
  ask(request);

  EXPECT_EQ(request.state.settle_number, 9U);
  EXPECT_EQ(request.state.cursor.number, 1U);
  EXPECT_EQ(request.state.last.number, 3U);
  EXPECT_EQ(request.state.attempts, (Attempts{2, 4}));
  EXPECT_EQ(request.state.owner, request.token);
  EXPECT_EQ(settle("orders", request.token, 1, 2), Stored::stored) << "numbers begin anew";
}

TEST_P(QueueConformance, RefusesAClaimOfNobody) {
  Asked<ClaimQueue> request;
  request.queue = "orders";
  request.instance = 1;
  EXPECT_EQ(ask(request), Stored::refused);
}

TEST_P(QueueConformance, WakesTheOwnerOfWhatOthersAppend) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> woken;
  storage().on_append([&](std::string_view queue) {
    const std::lock_guard lock(mutex);
    woken.emplace_back(queue);
    changed.notify_all();
  });
  append("nobody's", {"a"});
  claim("orders");
  append("orders", {"a"});

  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return !woken.empty(); }));
  EXPECT_EQ(woken.front(), "orders");
}

INSTANTIATE_TEST_SUITE_P(Storages, QueueConformance, testing::ValuesIn(storage_kinds()), name_of);

}  // namespace
}  // namespace troupe::persistence
