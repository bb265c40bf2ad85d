// What storage does to persistent actors.
#include <gtest/gtest.h>

#include "accounts.hpp"
#include "faulty_journals.hpp"

namespace troupe::persistent_test {
namespace {

using namespace std::chrono_literals;
using Seen = std::vector<std::string>;

class PersistenceFailures : public PersistentTest {
 protected:
  ~PersistenceFailures() override { system_.reset(); }

  RefTo<Account> spawn(const std::string& number = "7", PersistenceSettings settings = {}) {
    return actors().spawn<Account>("account-" + number, number, &notes_, settings);
  }
  int balance(const RefTo<Account>& account) { return account.ask(GetBalance{}).get().value(); }
  /// As somebody else, who has claimed the journal.
  void append(const std::string& key, std::string_view record) {
    Asked<persistence::ClaimJournal> claim;
    claim.key = key;
    claim.incarnation = incarnations_;
    claim.instance = 1'000'000;
    memory_->submit(claim);
    ASSERT_EQ(claim.outcome, Stored::stored) << claim.why;
    Asked<persistence::AppendEvents> append;
    append.key = key;
    append.token = claim.token;
    append.number = 1;
    append.expected = claim.state.last;
    append.events.add(record);
    append.releases = true;
    memory_->submit(append);
    ASSERT_EQ(append.outcome, Stored::stored) << append.why;
  }

  Notes notes_;
};

TEST_F(PersistenceFailures, TellTheAskerAndChangeNothing) {
  const auto account = spawn();
  EXPECT_EQ(account.ask(Deposit{500}).get().value(), 500);
  storage_->refusals = {Stored::unavailable};
  const auto failed = account.ask(Deposit{1}).get();

  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), ErrorCode::storage_unavailable);
  EXPECT_EQ(balance(account), 500);
  EXPECT_EQ(notes_.seen, (Seen{"start 0", "deposited 500"}));
}

TEST_F(PersistenceFailures, TellTheAskerOfAHandlerThatIsNoCoroutine) {
  const auto account = spawn();
  system().run();
  storage_->refusals = {Stored::storage_full};
  const auto failed = account.ask(Withdraw{1}).get();

  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), ErrorCode::storage_full);
  EXPECT_EQ(balance(account), 0);
}

TEST_F(PersistenceFailures, LetTheActorRecoverWithoutARestart) {
  const auto account = spawn();
  system().run();
  for (int i = 0; i < 20; ++i) {
    storage_->refusals = {Stored::unavailable};
    account.tell(Pay{1});
    account.tell(Pay{2});
    system().run_for(1s);
  }

  EXPECT_EQ(notes_.constructed, 1);
  EXPECT_EQ(balance(account), 40);
  EXPECT_EQ(journal("account-7").owner.epoch, 21U);
}

TEST_F(PersistenceFailures, OfUnknownOutcomeAreSettledByWhatIsThere) {
  const auto account = spawn();
  system().run();
  storage_->loses = 1;
  const auto lost = account.ask(Deposit{500}).get();

  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code(), ErrorCode::storage_unavailable);
  EXPECT_FALSE(lost.error().definitely_not_executed());
  EXPECT_EQ(balance(account), 500);
  EXPECT_EQ(notes_.constructed, 1);
}

TEST_F(PersistenceFailures, EndAHandlerWhateverItCatches) {
  const auto account = spawn();
  system().run();
  storage_->refusals = {Stored::unavailable};
  account.tell(Do{"catches"});
  system().run();

  EXPECT_EQ(notes_.seen, (Seen{"start 0"}));
  EXPECT_EQ(balance(account), 0);
}

TEST_F(PersistenceFailures, InARowAreTriedAgainAfterPauses) {
  const auto account = spawn();
  system().run();
  const std::uint64_t claims = storage_->claims;
  storage_->refusals.assign(1'000, Stored::storage_full);
  for (int i = 0; i < 1'000; ++i) account.tell(Pay{1});
  system().run_for(10s);

  EXPECT_LT(storage_->claims - claims, 15U);
}

TEST_F(PersistenceFailures, ThatFenceEndTheActor) {
  const auto account = spawn();
  EXPECT_EQ(account.ask(Deposit{500}).get().value(), 500);
  Asked<persistence::ClaimJournal> claim;
  claim.key = "account-7";
  claim.incarnation = incarnations_;
  claim.instance = 1'000'000;
  memory_->submit(claim);
  ASSERT_EQ(claim.outcome, Stored::stored) << claim.why;
  const auto fenced = account.ask(Deposit{1}).get();
  system().run();

  ASSERT_FALSE(fenced.ok());
  EXPECT_EQ(fenced.error().code(), ErrorCode::fenced);
  EXPECT_EQ(account.try_tell(Pay{1}).error().code(), ErrorCode::actor_stopped);
  EXPECT_TRUE(has_logged({"account-7", "fenced"}));
  EXPECT_EQ(notes_.constructed, 1);
  EXPECT_EQ(journal("account-7").owner, claim.token);
}

TEST_F(PersistenceFailures, OfStorageThatIsAwayAreWaitedOut) {
  spawn().tell(Pay{5});
  system().run();
  restart();
  notes_ = {};
  storage_->is_away = true;
  const auto account = spawn();
  account.tell(Pay{1});
  system().run_for(60s);
  EXPECT_EQ(notes_.seen, Seen{});
  EXPECT_EQ(notes_.constructed, 1);
  EXPECT_TRUE(has_logged({"account-7", "tries again", "pulled out"}));

  storage_->is_away = false;
  system().run_for(6s);
  EXPECT_EQ(notes_.seen, (Seen{"start 5", "paid 1"}));
}

TEST_F(PersistenceFailures, DoNotKeepAnActorFromItsEndThatWaits) {
  storage_->is_away = true;
  const auto away = spawn("1");
  system().run_for(1s);
  system().stop(away);
  system().run();
  EXPECT_FALSE(away.try_tell(Pay{1}).ok());

  storage_->is_away = false;
  storage_->is_held = true;
  const auto held = spawn("2");
  system().run();
  system().stop(held);
  system().run();
  EXPECT_FALSE(held.try_tell(Pay{1}).ok());
  storage_->release();
}

TEST_F(PersistenceFailures, OfAnEventThatIsNotKnownEndTheOneActor) {
  const auto account = spawn();
  EXPECT_EQ(account.ask(Deposit{500}).get().value(), 500);
  const auto other = spawn("8");
  EXPECT_EQ(other.ask(Deposit{5}).get().value(), 5);
  append("account-7",
         persistence::to_bytes({.type_name = "test.Renamed", .fingerprint = 1, .payload = {}}));
  restart();
  notes_ = {};
  const auto broken = spawn();
  const auto whole = spawn("8");
  system().run();

  EXPECT_FALSE(broken.try_tell(Pay{1}).ok());
  EXPECT_TRUE(has_logged({"account-7", "event 2", "test.Renamed"}));
  EXPECT_EQ(notes_.constructed, 2);
  EXPECT_EQ(balance(whole), 5);
}

TEST_F(PersistenceFailures, OfBytesThatAreNoEventEndTheOneActor) {
  EXPECT_EQ(spawn().ask(Deposit{500}).get().value(), 500);
  append("account-7", "no event");
  restart();
  const auto broken = spawn();
  system().run();

  EXPECT_FALSE(broken.try_tell(Pay{1}).ok());
  EXPECT_TRUE(has_logged({"account-7", "event 2", "malformed"}));
}

TEST_F(PersistenceFailures, OfAWriteThatDamageAnswersEndTheActor) {
  const auto account = spawn();
  system().run();
  storage_->refusals = {Stored::damaged};
  EXPECT_FALSE(account.ask(Deposit{1}).get().ok());
  system().run();
  EXPECT_FALSE(account.try_tell(Pay{1}).ok());
  EXPECT_TRUE(has_logged({"account-7", "damaged"}));
}

TEST_F(PersistenceFailures, OfRequestsThatAreRefusedAreTheHandlers) {
  const auto account = spawn();
  system().run();
  storage_->refusals = {Stored::refused};
  const auto refused = account.ask(Deposit{1}).get();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), ErrorCode::handler_failed);
  EXPECT_EQ(account.ask(Deposit{2}).get().value(), 2);
  EXPECT_EQ(notes_.constructed, 2);  // As its supervisor says.
}

TEST_F(PersistenceFailures, OfApplyLeaveNoHalfOfAState) {
  const auto account = spawn();
  throws_left = 1;
  const auto thrown = account.ask(Exchange{5, 666}).get();

  ASSERT_FALSE(thrown.ok());
  EXPECT_EQ(thrown.error().code(), ErrorCode::handler_failed);
  EXPECT_EQ(balance(account), 661);
  EXPECT_EQ(notes_.constructed, 1);
}

TEST_F(PersistenceFailures, OfApplyThatRepeatAreTheSupervisors) {
  const auto account = spawn();
  throws_left = 1'000;
  EXPECT_EQ(account.ask(Deposit{500}).get().value(), 500);
  EXPECT_FALSE(account.ask(Deposit{666}).get().ok());
  system().run_for(60s);

  // It is stored, and cannot be applied by any instance.
  EXPECT_FALSE(account.try_tell(Pay{1}).ok());
  EXPECT_EQ(journal("account-7").last, 2U);
  EXPECT_GT(notes_.constructed, 1);
  throws_left = 0;
}

TEST_F(PersistenceFailures, OfASnapshotAreTriedAgainLater) {
  const auto account = spawn("7", {.snapshot_every = 2});
  storage_->snapshots_refused = 1;
  for (int i = 0; i < 3; ++i) account.tell(Pay{1});
  system().run();
  EXPECT_EQ(journal("account-7").snapshot, 0U);
  account.tell(Pay{1});
  system().run();

  EXPECT_EQ(journal("account-7").snapshot, 4U);
  EXPECT_TRUE(has_logged({"account-7", "snapshot", "storage_full"}));
  EXPECT_EQ(balance(account), 4);
  EXPECT_EQ(notes_.constructed, 1);
}

TEST_F(PersistenceFailures, WhereAnOldInstancesWriteIsUnderWayAreSeenByTheNext) {
  const auto account = spawn();
  system().run();
  storage_->is_held = true;
  auto answer = account.ask(Deposit{500});
  system().run();
  system().stop(account);
  system().run();
  EXPECT_EQ(answer.get().error().code(), ErrorCode::actor_stopped);
  const auto next = spawn();
  system().run();
  storage_->release();
  system().run();

  EXPECT_EQ(balance(next), 500);
}

TEST_F(PersistenceFailures, DuringADrainEndTheActor) {
  const auto account = spawn();
  system().run();
  storage_->refusals = {Stored::unavailable};
  storage_->is_held = true;
  auto answer = account.ask(Deposit{500});
  system().run();
  system().drain(account);
  system().run();
  storage_->release();
  system().run();

  EXPECT_EQ(answer.get().error().code(), ErrorCode::storage_unavailable);
  EXPECT_FALSE(account.try_tell(Pay{1}).ok());
}

TEST_F(PersistenceFailures, LeaveTheJournalToOthersHoweverTheActorEnds) {
  const auto owner = [this] { return journal("account-7").owner.incarnation; };

  storage_->is_held = true;  // It ends while it claims.
  system().stop(spawn());
  system().run();
  storage_->release();
  EXPECT_EQ(owner(), 0U);

  const auto writes = spawn();  // While it writes.
  EXPECT_EQ(balance(writes), 0);
  storage_->is_held = true;
  const auto answer = writes.ask(Deposit{500});
  system().run();
  system().stop(writes);
  system().run();
  storage_->release();
  system().run();
  EXPECT_EQ(journal("account-7").last, 1U);
  EXPECT_EQ(owner(), 0U);

  storage_->refusals = {};  // While storage does not take it back: with the next claim.
  const auto last = spawn();
  EXPECT_EQ(balance(last), 500);
  storage_->is_away = true;
  system().stop(last);
  system().run();
  EXPECT_NE(owner(), 0U);
  storage_->is_away = false;
  EXPECT_EQ(balance(spawn("8")), 0);
  EXPECT_EQ(owner(), 0U);

  append("account-7", "no event");  // Because it cannot be read.
  const auto broken = spawn();
  system().run();
  EXPECT_FALSE(broken.try_tell(Pay{1}).ok());
  EXPECT_EQ(owner(), 0U);
}

TEST_F(PersistenceFailures, OfThoseThatWaitForAJournalKeepNobodyElseFromRecovering) {
  system_.reset();
  recoveries_max_ = 2;
  start();
  for (const char* key : {"account-1", "account-2"}) {
    Asked<persistence::ClaimJournal> claim;
    claim.key = key;
    claim.incarnation = 1'000'000;
    claim.instance = 1;
    memory_->submit(claim);
    ASSERT_EQ(claim.outcome, Stored::stored) << claim.why;
  }
  spawn("1");
  spawn("2");
  system().run_for(1s);
  EXPECT_EQ(balance(spawn("3")), 0);
}

}  // namespace
}  // namespace troupe::persistent_test
