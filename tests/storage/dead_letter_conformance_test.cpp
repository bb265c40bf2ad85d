// What every storage does with dead letters, and what it is told by people.
#include "storages.hpp"

#include <algorithm>
#include <limits>

namespace troupe::persistence {
namespace {

using Texts = std::vector<std::string>;

class DeadLetterConformance : public StorageConformance {
 protected:
  std::vector<DeadLetterRecord> letters(const std::string& queue, std::uint64_t after = 0) {
    Asked<ListDeadLetters> request;
    request.queue = queue;
    request.after = after;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    return request.letters;
  }

  std::uint64_t handle(const std::string& queue, HandleDeadLetters::Action action,
                       std::uint64_t first, std::uint64_t last) {
    Asked<HandleDeadLetters> request;
    request.queue = queue;
    request.action = action;
    request.first = first;
    request.last = last;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    EXPECT_EQ(request.next_id, 0U);
    return request.handled;
  }

  std::uint64_t control(const std::string& queue, ControlQueue::Action action) {
    Asked<ControlQueue> request;
    request.queue = queue;
    request.action = action;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    return request.purged;
  }

  static constexpr std::uint64_t all = std::numeric_limits<std::int64_t>::max();
};

TEST_P(DeadLetterConformance, ADeadMessageGoesToTheDeadLettersWithTheCursor) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");

  EXPECT_EQ(settle("orders", token, 1, 2, {{.number = 2, .attempts = 5, .error = "no stock"}}),
            Stored::stored);

  const std::vector<DeadLetterRecord> dead = letters("orders");
  ASSERT_EQ(dead.size(), 1U);
  EXPECT_EQ(dead[0].id, 1U);
  EXPECT_EQ(dead[0].position.number, 2U);
  EXPECT_EQ(dead[0].attempts, 5U);
  EXPECT_EQ(dead[0].error, "no stock");
  EXPECT_EQ(dead[0].record, "b");
  EXPECT_EQ(dead[0].history, "");
  EXPECT_EQ(state("orders").books,
            (QueueBooks{.stored = 3, .settled = 1, .dead = 1, .waiting = 1}));
  EXPECT_EQ(state("orders").dead_letters, 1U);
}

TEST_P(DeadLetterConformance, ARepeatedSettleBatchBuriesNothingTwice) {
  append("orders", {"a"});
  const Token token = claim("orders");
  settle("orders", token, 1, 1, {{.number = 1}});

  EXPECT_EQ(settle("orders", token, 1, 1, {{.number = 1}}), Stored::again);
  EXPECT_EQ(settle("orders", token, 2, 1, {{.number = 1}}), Stored::stored) << "settled already";
  EXPECT_EQ(letters("orders").size(), 1U);
}

TEST_P(DeadLetterConformance, KeepsOfAnErrorTheBeginning) {
  append("orders", {"a"});
  const Token token = claim("orders");
  settle("orders", token, 1, 1, {{.number = 1, .error = std::string(5'000, 'x')}});

  EXPECT_EQ(letters("orders").at(0).error, std::string(error_bytes_max, 'x'));
}

TEST_P(DeadLetterConformance, ListsPageByPage) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");
  settle("orders", token, 1, 3, {{.number = 1}, {.number = 2}, {.number = 3}});
  Asked<ListDeadLetters> request;
  request.queue = "orders";
  request.letters_max = 2;
  ask(request);
  ASSERT_EQ(request.letters.size(), 2U);
  EXPECT_FALSE(request.is_end);

  request.after = request.letters.back().id;
  ask(request);
  ASSERT_EQ(request.letters.size(), 1U);
  EXPECT_EQ(request.letters[0].record, "c");
  EXPECT_TRUE(request.is_end);
}

TEST_P(DeadLetterConformance, AReplayedMessageComesAtTheEndWithItsHistory) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");
  settle("orders", token, 1, 2, {{.number = 1, .attempts = 5, .error = "no\nstock"}});

  EXPECT_EQ(handle("orders", HandleDeadLetters::Action::replay, 1, all), 1U);

  const std::vector<StoredMessage> messages = read("orders");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].record, "c");
  EXPECT_EQ(messages[0].history, "");
  EXPECT_EQ(messages[1].record, "a");
  EXPECT_EQ(messages[1].position.number, 4U);
  EXPECT_NE(messages[1].history.find(" 5 no\\x0astock\n"), std::string::npos)
      << messages[1].history;
  EXPECT_TRUE(letters("orders").empty());
  EXPECT_EQ(state("orders").books,
            (QueueBooks{.stored = 4, .settled = 1, .dead = 1, .waiting = 2}));
  EXPECT_EQ(state("orders").waiting_bytes, 2U);
}

TEST_P(DeadLetterConformance, AHistoryHasTheLastDeaths) {
  append("orders", {"a"});
  const Token token = claim("orders");
  for (std::uint64_t i = 1; i <= deaths_max + 3; ++i) {
    const std::uint64_t number = read("orders").at(0).position.number;
    settle("orders", token, i, number, {{.number = number, .error = "error " + std::to_string(i)}});
    EXPECT_EQ(letters("orders").at(0).id, i) << "ids are never given again";
    handle("orders", HandleDeadLetters::Action::replay, i, i);
  }

  const std::string history = read("orders").at(0).history;
  EXPECT_EQ(std::count(history.begin(), history.end(), '\n'), std::ptrdiff_t{deaths_max});
  EXPECT_EQ(history.find("error 3\n"), std::string::npos) << history;
  EXPECT_NE(history.find("error 4\n"), std::string::npos) << history;
  EXPECT_TRUE(history.ends_with("error 19\n")) << history;
}

TEST_P(DeadLetterConformance, HandlesThoseOfARange) {
  append("orders", {"a", "b", "c", "d"});
  const Token token = claim("orders");
  settle("orders", token, 1, 4, {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}});

  EXPECT_EQ(handle("orders", HandleDeadLetters::Action::drop, 2, 2), 1U);
  EXPECT_EQ(handle("orders", HandleDeadLetters::Action::drop, 2, 2), 0U);
  EXPECT_EQ(handle("orders", HandleDeadLetters::Action::replay, 1, 3), 2U);
  EXPECT_EQ(texts("orders"), (Texts{"a", "c"}));
  EXPECT_EQ(letters("orders").size(), 1U);
  EXPECT_EQ(handle("none", HandleDeadLetters::Action::drop, 1, all), 0U);
}

TEST_P(DeadLetterConformance, HandlesManyInSeveralSteps) {
  const std::size_t count = letters_at_once_max + 1;
  const Token token = claim("orders");
  std::vector<Death> deaths;
  for (std::size_t i = 1; i <= count; ++i) deaths.push_back({.number = i});
  append("orders", std::vector<std::string>(letters_at_once_max, "x"));
  append("orders", {"last"});
  settle("orders", token, 1, count, deaths);

  Asked<HandleDeadLetters> request;
  request.queue = "orders";
  request.action = HandleDeadLetters::Action::drop;
  request.last = all;
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(request.handled, letters_at_once_max);
  EXPECT_EQ(request.next_id, count);
  EXPECT_EQ(letters("orders").at(0).record, "last");
}

TEST_P(DeadLetterConformance, APausedQueueSaysSoAndTakesMessages) {
  append("orders", {"a"});
  const Token token = claim("orders");
  control("orders", ControlQueue::Action::pause);

  append("orders", {"b"});
  Asked<ReadQueue> reading;
  reading.queue = "orders";
  ask(reading);
  EXPECT_TRUE(reading.is_paused);
  Asked<SettleBatch> settling;
  settling.queue = "orders";
  settling.token = token;
  settling.number = 1;
  ask(settling);
  EXPECT_TRUE(settling.is_paused);
  control("orders", ControlQueue::Action::resume);
  EXPECT_FALSE(state("orders").is_paused);
}

TEST_P(DeadLetterConformance, PurgingDropsWhatWaits) {
  append("orders", {"a", "b", "c"});
  const Token token = claim("orders");
  settle("orders", token, 1, 1);

  EXPECT_EQ(control("orders", ControlQueue::Action::purge), 2U);

  EXPECT_EQ(texts("orders"), Texts{});
  EXPECT_EQ(state("orders").books, (QueueBooks{.stored = 3, .settled = 1, .purged = 2}));
  EXPECT_EQ(state("orders").waiting_bytes, 0U);
}

TEST_P(DeadLetterConformance, WhatWasPurgedMeanwhileIsNotSettledOnceMore) {
  append("orders", {"a", "b"});
  const Token token = claim("orders");
  control("orders", ControlQueue::Action::purge);
  append("orders", {"c"});
  Asked<SettleBatch> request;
  request.queue = "orders";
  request.token = token;
  request.number = 1;
  request.through = 1;
  request.dead = {{.number = 1}};
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(request.cursor.number, 2U) << "the owner hears how far it was purged";

  request.number = 2;
  request.through = 3;
  request.dead = {{.number = 1}};
  request.expired = {2, 3};
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(state("orders").books, (QueueBooks{.stored = 3, .expired = 1, .purged = 2}));
  EXPECT_TRUE(letters("orders").empty());
}

TEST_P(DeadLetterConformance, ListsQueuesByName) {
  append("b", {"x"});
  append("a", {"x", "y"});
  append("c", {"x"});
  Asked<ListQueues> request;
  request.queues_max = 2;
  EXPECT_EQ(ask(request), Stored::stored);
  ASSERT_EQ(request.queues.size(), 2U);
  EXPECT_EQ(request.queues[0].name, "a");
  EXPECT_EQ(request.queues[0].books.waiting, 2U);
  EXPECT_EQ(request.queues[1].name, "b");
  EXPECT_FALSE(request.is_end);

  request.after = "b";
  ask(request);
  ASSERT_EQ(request.queues.size(), 1U);
  EXPECT_EQ(request.queues[0].name, "c");
  EXPECT_TRUE(request.is_end);
}

TEST_P(DeadLetterConformance, WhatIsRefusedMakesNoQueue) {
  Asked<SettleBatch> settling;
  settling.queue = "none";
  settling.number = 1;
  EXPECT_EQ(ask(settling), Stored::fenced);
  Asked<AppendBatch> appending;
  appending.queue = "none";
  EXPECT_EQ(ask(appending), Stored::refused);
  read("none");

  Asked<ShowQueue> request;
  request.queue = "none";
  EXPECT_EQ(ask(request), Stored::refused);
  EXPECT_NE(request.why.find("'none'"), std::string::npos) << request.why;
}

INSTANTIATE_TEST_SUITE_P(Storages, DeadLetterConformance, testing::ValuesIn(storage_kinds()),
                         name_of);

}  // namespace
}  // namespace troupe::persistence
