// What every storage does for the journals and snapshots of persistent actors.
#include "storages.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace troupe::persistence {
namespace {

using Texts = std::vector<std::string>;

class JournalConformance : public StorageConformance {
 protected:
  Token claim_journal(const std::string& key, std::uint64_t instance = 1) {
    Asked<ClaimJournal> request;
    request.key = key;
    request.incarnation = this_node;
    request.instance = instance;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    state_ = request.state;
    return request.token;
  }

  Stored persist(const std::string& key, const Token& token, std::uint64_t number,
                 std::uint64_t expected, const Texts& events, std::vector<Tag> tags = {},
                 std::uint64_t keep_from = 0) {
    Asked<AppendEvents> request;
    request.key = key;
    request.token = token;
    request.number = number;
    request.expected = expected;
    request.events = records_of(events);
    request.tags = std::move(tags);
    request.keep_from = keep_from;
    const Stored outcome = ask(request);
    why_ = request.why;
    last_ = request.last;
    return outcome;
  }

  Texts events(const std::string& key, std::uint64_t first = 1) {
    Asked<ReadEvents> request;
    request.key = key;
    request.first = first;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    begins_ = request.begins;
    last_ = request.last;
    return texts_of(request.events);
  }

  Stored save(const std::string& key, const Token& token, std::uint64_t number,
              const std::string& record, std::uint64_t keep_from = 0) {
    Asked<SaveSnapshot> request;
    request.key = key;
    request.token = token;
    request.number = number;
    request.record = record;
    request.keep_from = keep_from;
    return ask(request);
  }

  std::pair<std::uint64_t, std::string> load(const std::string& key) {
    Asked<LoadSnapshot> request;
    request.key = key;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    return {request.number, request.record};
  }

  Texts tagged(const std::string& tag, TagOffset& offset, std::size_t events_max = 1'000) {
    Asked<ReadTag> request;
    request.tag = tag;
    request.after = offset;
    request.events_max = events_max;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
    offset = request.through;
    std::map<std::string, std::uint64_t> seen;
    for (const TaggedEvent& one : request.events) {
      EXPECT_GT(one.number, std::exchange(seen[one.key], one.number)) << "of one journal in order";
    }
    // Between journals there is none.
    std::ranges::sort(request.events, [](const TaggedEvent& one, const TaggedEvent& other) {
      return std::tie(one.key, one.number) < std::tie(other.key, other.number);
    });
    Texts found;
    for (const TaggedEvent& one : request.events) {
      found.push_back(one.key + " " + std::to_string(one.number) + " " + one.record);
    }
    return found;
  }

  std::uint64_t begins_ = 0;
  std::uint64_t last_ = 0;
  std::string why_;
  JournalState state_;
};

TEST_P(JournalConformance, GivesBackEventsInTheirOrder) {
  const Token token = claim_journal("account-7");
  EXPECT_EQ(persist("account-7", token, 1, 0, {"a", "b"}), Stored::stored);
  EXPECT_EQ(last_, 2U);
  EXPECT_EQ(persist("account-7", token, 2, 2, {"c"}), Stored::stored);

  EXPECT_EQ(events("account-7"), (Texts{"a", "b", "c"}));
  EXPECT_EQ(begins_, 1U);
  EXPECT_EQ(events("account-7", 2), (Texts{"b", "c"}));
  EXPECT_EQ(begins_, 2U);
  EXPECT_EQ(events("account-7", 4), Texts{});
  EXPECT_EQ(begins_, 0U);
  EXPECT_EQ(last_, 3U);
  EXPECT_EQ(events("none"), Texts{});
}

TEST_P(JournalConformance, ReadsPages) {
  const Token token = claim_journal("a");
  Texts all;
  for (int i = 0; i < 200; ++i) all.push_back("event " + std::to_string(i));
  persist("a", token, 1, 0, all);

  Asked<ReadEvents> request;
  request.key = "a";
  request.events_max = 70;
  Texts found;
  do {
    request.first = found.size() + 1;
    ASSERT_EQ(ask(request), Stored::stored);
    ASSERT_EQ(request.begins, found.size() + 1);
    for (const std::string& one : texts_of(request.events)) found.push_back(one);
  } while (found.size() < request.last);
  EXPECT_EQ(found, all);

  request.first = 1;
  request.bytes_max = 20;
  ask(request);
  EXPECT_EQ(request.events.size(), 2U);
  request.bytes_max = 1;
  ask(request);
  EXPECT_EQ(request.events.size(), 1U);
}

TEST_P(JournalConformance, KnowsAWriteThatComesAgain) {
  const Token token = claim_journal("a");
  EXPECT_EQ(persist("a", token, 1, 0, {"x"}), Stored::stored);
  EXPECT_EQ(persist("a", token, 1, 0, {"x"}), Stored::again);
  EXPECT_EQ(last_, 1U);
  EXPECT_EQ(events("a"), Texts{"x"});
}

TEST_P(JournalConformance, RefusesToWriteAnywhereButAtTheEnd) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"x"});

  EXPECT_EQ(persist("a", token, 2, 0, {"y"}), Stored::conflict);
  EXPECT_NE(why_.find("'a' ends at event 1, not at 0"), std::string::npos) << why_;
  EXPECT_EQ(persist("a", token, 2, 2, {"y"}), Stored::conflict);
  EXPECT_EQ(persist("a", token, 2, 1, {"y"}), Stored::stored);
}

TEST_P(JournalConformance, ANewOwnerFencesTheOneBefore) {
  const Token old = claim_journal("a", 1);
  persist("a", old, 7, 0, {"x"});
  const Token now = claim_journal("a", 2);

  EXPECT_EQ(state_.write_number, 7U);
  EXPECT_EQ(state_.last, 1U);
  EXPECT_EQ(persist("a", old, 8, 1, {"y"}), Stored::fenced);
  EXPECT_EQ(save("a", old, 1, "s"), Stored::fenced);
  EXPECT_EQ(persist("a", now, 1, 1, {"z"}), Stored::stored);
  EXPECT_EQ(events("a"), (Texts{"x", "z"}));
}

TEST_P(JournalConformance, AnotherNodeClaimsOnlyOverWhomItKnowsToBeDown) {
  const Token token = claim_journal("a");
  Asked<ClaimJournal> request;
  request.key = "a";
  request.incarnation = other_node;
  request.instance = 1;
  EXPECT_EQ(ask(request), Stored::owned);
  EXPECT_EQ(request.token, token);
  request.gone = token;
  EXPECT_EQ(ask(request), Stored::stored);
}

TEST_P(JournalConformance, KeepsTheAppliedPosition) {
  const Token token = claim_journal("a");
  Asked<AppendEvents> request;
  request.key = "a";
  request.token = token;
  request.number = 1;
  request.applied = {123, 9};
  EXPECT_EQ(ask(request), Stored::stored) << "without events";
  persist("a", token, 2, 0, {"x"});

  claim_journal("a", 2);
  EXPECT_EQ(state_.applied, (Position{123, 9}));
}

TEST_P(JournalConformance, ASnapshotReplacesTheOneBefore) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"x", "y"});
  EXPECT_EQ(load("a"), std::pair(std::uint64_t{0}, std::string()));

  EXPECT_EQ(save("a", token, 1, "one"), Stored::stored);
  EXPECT_EQ(save("a", token, 2, "two"), Stored::stored);
  EXPECT_EQ(load("a"), std::pair(std::uint64_t{2}, std::string("two")));
  EXPECT_EQ(save("a", token, 1, "one"), Stored::refused);
  EXPECT_EQ(save("a", token, 3, "three"), Stored::conflict);
  EXPECT_EQ(load("none").first, 0U);
  claim_journal("a", 2);
  EXPECT_EQ(state_.snapshot, 2U);
}

TEST_P(JournalConformance, ASnapshotRemovesWhatItMakesSuperfluous) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"1", "2", "3", "4"});
  persist("a", token, 2, 4, {"5"});

  EXPECT_EQ(save("a", token, 4, "s", 3), Stored::stored);
  EXPECT_EQ(events("a"), (Texts{"3", "4", "5"}));
  EXPECT_EQ(begins_, 3U);
  EXPECT_EQ(save("a", token, 5, "s", 6), Stored::stored);
  EXPECT_EQ(events("a"), Texts{});
  EXPECT_EQ(last_, 5U);
  EXPECT_EQ(persist("a", token, 3, 5, {"6"}), Stored::stored) << "the highest number survives";
  EXPECT_EQ(events("a"), Texts{"6"});
  EXPECT_EQ(begins_, 6U);
  EXPECT_EQ(save("a", token, 6, "s", 8), Stored::refused) << "beyond the snapshot";
}

TEST_P(JournalConformance, AnAppendCanRemoveWhatItReplaces) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"state 1"});
  EXPECT_EQ(persist("a", token, 2, 1, {"state 2"}, {}, 2), Stored::stored);

  EXPECT_EQ(events("a"), Texts{"state 2"});
  EXPECT_EQ(persist("a", token, 3, 2, {"state 3"}, {}, 5), Stored::refused);
}

TEST_P(JournalConformance, ReadsByTag) {
  const Token a = claim_journal("a");
  const Token b = claim_journal("b");
  persist("a", a, 1, 0, {"1", "2", "3"}, {{"even", {1}}, {"odd", {0, 2}}});
  persist("b", b, 1, 0, {"4"}, {{"even", {0}}});

  TagOffset even;
  EXPECT_EQ(tagged("even", even), (Texts{"a 2 2", "b 1 4"}));
  EXPECT_EQ(tagged("even", even), Texts{});
  persist("a", a, 2, 3, {"6"}, {{"even", {0}}});
  EXPECT_EQ(tagged("even", even), Texts{"a 4 6"});

  TagOffset odd;
  EXPECT_EQ(tagged("odd", odd, 1), Texts{"a 1 1"});
  EXPECT_EQ(tagged("odd", odd, 1), Texts{"a 3 3"});
  EXPECT_EQ(tagged("odd", odd, 1), Texts{});
  TagOffset none;
  EXPECT_EQ(tagged("none", none), Texts{});
}

TEST_P(JournalConformance, PassesOverTaggedEventsThatAreGone) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"1", "2", "3"}, {{"all", {0, 1, 2}}});
  save("a", token, 2, "s", 3);

  TagOffset offset;
  EXPECT_EQ(tagged("all", offset), Texts{"a 3 3"});
}

TEST_P(JournalConformance, RefusesAnOffsetOfAnotherStorage) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"1"}, {{"all", {0}}});
  Asked<ReadTag> request;
  request.tag = "all";
  ask(request);
  ASSERT_FALSE(request.through.empty());
  request.after = request.through;
  request.after.resize(request.after.size() + 1);
  EXPECT_EQ(ask(request), Stored::refused);
}

TEST_P(JournalConformance, RefusesTagsThatMakeNoSense) {
  const Token token = claim_journal("a");
  EXPECT_EQ(persist("a", token, 1, 0, {"1"}, {{"t", {1}}}), Stored::refused);
  EXPECT_EQ(persist("a", token, 1, 0, {"1", "2"}, {{"t", {1, 0}}}), Stored::refused);
  EXPECT_EQ(persist("a", token, 1, 0, {"1"}, {{"", {0}}}), Stored::refused);
  EXPECT_EQ(persist("a", token, 1, 0, {"1"}, std::vector<Tag>(17, Tag{"t", {0}})), Stored::refused);
  EXPECT_EQ(events("a"), Texts{});
}

TEST_P(JournalConformance, ErasingLeavesATombstone) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"1", "2"}, {{"all", {0, 1}}});
  save("a", token, 1, "s");
  Asked<EraseJournal> request;
  request.key = "a";
  request.token = token;
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_EQ(request.erased, 2U);

  EXPECT_EQ(events("a"), Texts{});
  EXPECT_EQ(load("a").first, 0U);
  TagOffset offset;
  EXPECT_EQ(tagged("all", offset), Texts{});
  const Token again = claim_journal("a", 2);
  EXPECT_TRUE(state_.is_erased);
  EXPECT_EQ(state_.last, 2U) << "the highest number survives";
  EXPECT_EQ(persist("a", again, 1, 2, {"3"}), Stored::stored);
  claim_journal("a", 3);
  EXPECT_FALSE(state_.is_erased);
}

TEST_P(JournalConformance, WhoErasesWithoutATokenFencesTheOwner) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"1"});
  Asked<EraseJournal> request;
  request.key = "a";
  request.token = {.epoch = 99};
  EXPECT_EQ(ask(request), Stored::fenced);
  request.token = {};
  EXPECT_EQ(ask(request), Stored::stored);

  EXPECT_EQ(persist("a", token, 2, 1, {"2"}), Stored::fenced);
  EXPECT_GT(claim_journal("a", 1).epoch, token.epoch);
  request.key = "none";
  EXPECT_EQ(ask(request), Stored::refused);
}

TEST_P(JournalConformance, ListsJournalsByKey) {
  claim_journal("b");
  claim_journal("a");
  claim_journal("c");
  Asked<ListJournals> request;
  request.journals_max = 2;
  EXPECT_EQ(ask(request), Stored::stored);
  ASSERT_EQ(request.journals.size(), 2U);
  EXPECT_EQ(request.journals[0].key, "a");
  EXPECT_FALSE(request.is_end);
  request.after = "b";
  ask(request);
  ASSERT_EQ(request.journals.size(), 1U);
  EXPECT_EQ(request.journals[0].key, "c");
  EXPECT_TRUE(request.is_end);
}

TEST_P(JournalConformance, JournalsAndQueuesOfOneNameAreApart) {
  const Token token = claim_journal("a");
  persist("a", token, 1, 0, {"event"});
  append("a", {"message"});

  EXPECT_EQ(events("a"), Texts{"event"});
  EXPECT_EQ(texts("a"), Texts{"message"});
}

TEST_P(JournalConformance, AnOwnerThatReleasesAJournalLeavesItToAnybody) {
  Asked<AppendEvents> last;
  last.key = "account";
  last.token = claim_journal("account");
  ASSERT_EQ(persist("account", last.token, 1, 0, {"a"}), Stored::stored);
  last.number = 2;
  last.expected = 1;
  last.releases = true;
  EXPECT_EQ(ask(last), Stored::stored) << last.why;
  EXPECT_EQ(ask(last), Stored::fenced);
  EXPECT_EQ(persist("account", last.token, 3, 1, {"b"}), Stored::fenced);

  Asked<ClaimJournal> next;
  next.key = "account";
  next.incarnation = other_node;
  next.instance = 1;
  EXPECT_EQ(ask(next), Stored::stored) << next.why;
  EXPECT_EQ(next.token.epoch, last.token.epoch + 1);
  EXPECT_EQ(next.state.last, 1U);
}

INSTANTIATE_TEST_SUITE_P(Storages, JournalConformance, testing::ValuesIn(storage_kinds()), name_of);

}  // namespace
}  // namespace troupe::persistence
