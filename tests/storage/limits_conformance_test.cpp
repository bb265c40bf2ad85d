// What every storage does at the ends of its ranges: the smallest, the greatest, and past a limit.
#include "storages.hpp"

#include <limits>

namespace troupe::persistence {
namespace {

constexpr std::size_t least = 0;
constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
constexpr std::uint64_t far = std::numeric_limits<std::uint64_t>::max();

class LimitsConformance : public StorageConformance {
 protected:
  /// So many messages, all of which become dead letters.
  Token bury(const std::string& queue, std::size_t count, std::size_t bytes) {
    const Token token = claim(queue);
    std::vector<Death> deaths;
    std::vector<std::string> texts;
    for (std::size_t i = 1; i <= count; ++i) {
      deaths.push_back({.number = i, .error = "e"});
      texts.emplace_back(bytes, 'x');
      if (texts.size() * bytes < (1U << 20U) && texts.size() < 1'024 && i < count) continue;
      append(queue, texts);
      texts.clear();
    }
    EXPECT_EQ(settle(queue, token, 1, count, deaths), Stored::stored);
    return token;
  }
};

TEST_P(LimitsConformance, ListsQueuesWhateverThePage) {
  append("a", {"x"});
  append("b", {"x"});
  Asked<ListQueues> request;
  request.queues_max = least;
  EXPECT_EQ(ask(request), Stored::stored);
  ASSERT_EQ(request.queues.size(), 1U);
  EXPECT_FALSE(request.is_end);
  request.queues_max = most;
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(request.queues.size(), 2U);
  EXPECT_TRUE(request.is_end);
}

TEST_P(LimitsConformance, ListsJournalsWhateverThePage) {
  for (const char* key : {"a", "b"}) {
    Asked<ClaimJournal> claiming;
    claiming.key = key;
    claiming.incarnation = this_node;
    EXPECT_EQ(ask(claiming), Stored::stored);
  }
  Asked<ListJournals> request;
  request.journals_max = least;
  EXPECT_EQ(ask(request), Stored::stored);
  ASSERT_EQ(request.journals.size(), 1U);
  EXPECT_FALSE(request.is_end);
  request.journals_max = most;
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(request.journals.size(), 2U);
  EXPECT_TRUE(request.is_end);
}

TEST_P(LimitsConformance, ReadsMessagesWhateverThePage) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");
  settle("orders", token, 1, 1);
  for (const std::size_t size : {least, most}) {
    Asked<ReadQueue> request;
    request.queue = "orders";
    request.messages_max = size;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    EXPECT_EQ(request.messages.size(), size == least ? 0U : 2U);
    EXPECT_EQ(request.last.number, 3U);
    request.messages_max = 256;
    request.bytes_max = size;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    EXPECT_EQ(request.messages.size(), size == least ? 1U : 2U);
  }
  EXPECT_TRUE(read("orders", {far, far}).empty());
}

TEST_P(LimitsConformance, ReadsEventsWhateverThePage) {
  Asked<ClaimJournal> claiming;
  claiming.key = "account";
  claiming.incarnation = this_node;
  ask(claiming);
  Asked<AppendEvents> appending;
  appending.key = "account";
  appending.token = claiming.token;
  appending.number = 1;
  appending.events = records_of({"a", "b"});
  appending.tags = {{.name = "t", .events = {0, 1}}};
  ASSERT_EQ(ask(appending), Stored::stored) << appending.why;
  for (const std::size_t size : {least, most}) {
    Asked<ReadEvents> reading;
    reading.key = "account";
    reading.first = 0;
    reading.events_max = size;
    EXPECT_EQ(ask(reading), Stored::stored) << reading.why;
    EXPECT_EQ(reading.events.size(), size == least ? 1U : 2U);
    reading.events_max = 1'000;
    reading.bytes_max = size;
    EXPECT_EQ(ask(reading), Stored::stored) << reading.why;
    EXPECT_EQ(reading.events.size(), size == least ? 1U : 2U);
    Asked<ReadTag> tagged;
    tagged.tag = "t";
    tagged.events_max = size;
    EXPECT_EQ(ask(tagged), Stored::stored) << tagged.why;
    EXPECT_EQ(tagged.events.size(), size == least ? 1U : 2U);
  }
  Asked<ReadEvents> reading;
  reading.key = "account";
  reading.first = far;
  EXPECT_EQ(ask(reading), Stored::stored) << reading.why;
  EXPECT_EQ(reading.events.size(), 0U);
}

TEST_P(LimitsConformance, ListsAndHandlesDeadLettersWhateverThePage) {
  bury("orders", 3, 1);
  for (const std::size_t size : {least, most}) {
    Asked<ListDeadLetters> request;
    request.queue = "orders";
    request.letters_max = size;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    EXPECT_EQ(request.letters.size(), size == least ? 1U : 3U);
    request.letters_max = 100;
    request.bytes_max = size;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    EXPECT_EQ(request.letters.size(), size == least ? 1U : 3U);
  }
  Asked<ListDeadLetters> none;
  none.queue = "orders";
  none.after = far;
  EXPECT_EQ(ask(none), Stored::stored) << none.why;
  EXPECT_TRUE(none.letters.empty());
  Asked<HandleDeadLetters> request;
  request.queue = "orders";
  request.first = request.last = far;
  EXPECT_EQ(ask(request), Stored::stored) << request.why;
  EXPECT_EQ(request.handled, 0U);
  request.first = 0;
  EXPECT_EQ(ask(request), Stored::stored) << request.why;
  EXPECT_EQ(request.handled, 3U);
}

TEST_P(LimitsConformance, ReplaysSoManyBytesInOneStep) {
  bury("orders", 8, std::size_t{1} << 20U);
  Asked<HandleDeadLetters> request;
  request.queue = "orders";
  request.last = far;
  std::uint64_t handled = 0;
  int steps = 0;
  do {
    ASSERT_EQ(ask(request), Stored::stored) << request.why;
    EXPECT_LE(request.handled, 4U);
    handled += request.handled;
    request.first = request.next_id;
    ++steps;
  } while (request.next_id != 0 && steps < 10);
  EXPECT_EQ(handled, 8U);
  EXPECT_EQ(steps, 2);
}

TEST_P(LimitsConformance, ForgetsTheOldestDeadLettersPastTheLimitAndCountsThem) {
  const std::size_t kept = storage().limits().dead_letters_max;
  bury("orders", kept + 2, 1);
  Asked<ListDeadLetters> listing;
  listing.queue = "orders";
  listing.letters_max = 1;
  ask(listing);
  ASSERT_EQ(listing.letters.size(), 1U);
  EXPECT_EQ(listing.letters[0].id, 3U);
  EXPECT_EQ(state("orders").dead_letters, kept);
  EXPECT_EQ(storage().counts().letters_forgotten, 2U);
}

TEST_P(LimitsConformance, ForgetsTheProducerThatHasNotAppendedForLongestAndCountsIt) {
  for (std::size_t i = 0; i <= producers_max; ++i) append("orders", {"x"});
  EXPECT_EQ(storage().counts().producers_forgotten, 1U);
  EXPECT_EQ(storage().counts().messages, producers_max + 1);
}

TEST_P(LimitsConformance, CountsWhatIsReplayedAsStored) {
  bury("orders", 2, 1);
  Asked<HandleDeadLetters> request;
  request.queue = "orders";
  request.last = far;
  ask(request);
  EXPECT_EQ(storage().counts().messages, 4U);
}

TEST_P(LimitsConformance, AQueueThatIsDroppedLeavesNothing) {
  append("orders", {"a", "b"});
  const Token token = claim("orders");
  settle("orders", token, 1, 1);
  Asked<DropQueue> request;
  request.queue = "orders";
  request.token = token;
  EXPECT_EQ(ask(request), Stored::refused) << "a message waits";
  settle("orders", token, 2, 2, {{.number = 2}});
  EXPECT_EQ(ask(request), Stored::refused) << "a dead letter is kept";
  EXPECT_NE(request.why.find("1 dead letters"), std::string::npos) << request.why;
  Asked<HandleDeadLetters> dropping;
  dropping.queue = "orders";
  dropping.action = HandleDeadLetters::Action::drop;
  dropping.last = far;
  ask(dropping);
  request.token.instance += 1;
  EXPECT_EQ(ask(request), Stored::fenced);
  request.token = token;
  EXPECT_EQ(ask(request), Stored::stored) << request.why;

  Asked<ListQueues> listing;
  EXPECT_EQ(ask(listing), Stored::stored);
  EXPECT_TRUE(listing.queues.empty());
  EXPECT_EQ(ask(request), Stored::refused) << "it is not there";
  EXPECT_EQ(settle("orders", token, 3, 2), Stored::fenced);
  EXPECT_EQ(append("orders", {"c"}).number, 1U);
  EXPECT_EQ(state("orders").books, (QueueBooks{.stored = 1, .waiting = 1}));
}

TEST_P(LimitsConformance, AQueueOfNobodyIsDroppedWithoutAToken) {
  append("orders", {"a"});
  Asked<ControlQueue> purge;
  purge.queue = "orders";
  purge.action = ControlQueue::Action::purge;
  ask(purge);
  Asked<DropQueue> request;
  request.queue = "orders";
  EXPECT_EQ(ask(request), Stored::stored) << request.why;
  EXPECT_EQ(append("orders", {"b"}).number, 1U);
}

INSTANTIATE_TEST_SUITE_P(Storages, LimitsConformance, testing::ValuesIn(storage_kinds()), name_of);

}  // namespace
}  // namespace troupe::persistence
