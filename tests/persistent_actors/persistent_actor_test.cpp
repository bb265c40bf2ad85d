#include <gtest/gtest.h>

#include "accounts.hpp"
#include "faulty_journals.hpp"

namespace troupe::persistent_test {
namespace {

using namespace std::chrono_literals;
using Seen = std::vector<std::string>;

class PersistentActor : public PersistentTest {
 protected:
  ~PersistentActor() override { system_.reset(); }  // Before the notes of its actors.

  RefTo<Account> spawn(const std::string& number = "7", PersistenceSettings settings = {}) {
    return actors().spawn<Account>("account-" + number, number, &notes_, settings);
  }
  int balance(const RefTo<Account>& account) { return account.ask(GetBalance{}).get().value(); }

  Notes notes_;
};

TEST_F(PersistentActor, RecoversItsStateFromItsEvents) {
  const auto account = spawn();
  EXPECT_EQ(account.ask(Deposit{500}).get().value(), 500);
  EXPECT_EQ(account.ask(Withdraw{200}).get().value(), 300);
  EXPECT_EQ(account.ask(Exchange{100, 7}).get().value(), 207);
  account.tell(Pay{3});
  system().run();
  EXPECT_EQ(journal("account-7").last, 5U);

  restart();
  notes_ = {};
  EXPECT_EQ(balance(spawn()), 210);
  EXPECT_EQ(notes_.seen, (Seen{"start 210"}));
}

TEST_F(PersistentActor, GivesItsJournalUpWhenItEnds) {
  const auto account = spawn();
  EXPECT_EQ(account.ask(Deposit{500}).get().value(), 500);
  EXPECT_NE(journal("account-7").owner.incarnation, 0U);
  actors().stop(account);
  system().run();
  EXPECT_EQ(journal("account-7").owner.incarnation, 0U);
}

TEST_F(PersistentActor, HasAStateOfItsOwnForEachId) {
  EXPECT_EQ(spawn("1").ask(Deposit{1}).get().value(), 1);
  EXPECT_EQ(spawn("2").ask(Deposit{2}).get().value(), 2);
  restart();
  EXPECT_EQ(balance(spawn("2")), 2);
  EXPECT_EQ(balance(spawn("1")), 1);
}

TEST_F(PersistentActor, AnswersAndAppliesOnceItsEventsAreOnStorage) {
  const auto account = spawn();
  system().run();
  storage_->is_held = true;
  auto answer = account.ask(Deposit{500});
  system().run();
  EXPECT_FALSE(answer.is_ready());
  EXPECT_EQ(notes_.seen, (Seen{"start 0"}));

  storage_->release();
  system().run();
  EXPECT_TRUE(answer.is_ready());
  EXPECT_EQ(answer.get().value(), 500);
}

TEST_F(PersistentActor, HandlesNoMessageWhileItWrites) {
  const auto account = spawn();
  system().run();
  storage_->is_held = true;
  account.tell(Pay{1});
  auto seen = account.ask(GetBalance{});
  system().run();
  EXPECT_FALSE(seen.is_ready());

  storage_->release();
  system().run();
  EXPECT_EQ(seen.get().value(), 1);
}

TEST_F(PersistentActor, HandlesNoMessageBeforeItHasRecovered) {
  spawn().tell(Pay{5});
  system().run();
  restart();
  notes_ = {};
  storage_->is_held = true;
  const auto account = spawn();
  auto seen = account.ask(GetBalance{});
  system().run();
  EXPECT_EQ(notes_.seen, Seen{});
  EXPECT_FALSE(seen.is_ready());

  storage_->release();
  system().run();
  EXPECT_EQ(seen.get().value(), 5);
}

TEST_F(PersistentActor, WritesTheEventsOfOneMessageTogether) {
  const auto account = spawn();
  system().run();
  storage_->refusals = {Stored::unavailable};
  EXPECT_FALSE(account.ask(Exchange{100, 7}).get().ok());
  EXPECT_EQ(journal("account-7").last, 0U);
  EXPECT_EQ(account.ask(Exchange{100, 7}).get().value(), -93);
  EXPECT_EQ(journal("account-7").write_number, 1U);
}

TEST_F(PersistentActor, PersistsOncePerMessage) {
  const auto account = spawn();
  account.tell(Do{"twice"});
  system().run();

  EXPECT_EQ(journal("account-7").last, 1U);
  EXPECT_TRUE(has_logged({"a second persist() for one message"}));
  EXPECT_EQ(balance(account), 1);
}

/// Handles other messages while it would write.
class Reentrant : public Persistent<Balance, Deposited> {
 public:
  using Protocol = Accepts<Pay>;
  Reentrant() : Persistent("account-7") {}
  Task<void, reentrant> on(Pay order) { co_await persist<Deposited>({order.cents}); }
};

TEST_F(PersistentActor, PersistsInExclusiveTasksAlone) {
  actors().spawn<Reentrant>("reentrant").tell(Pay{1});
  system().run();
  EXPECT_EQ(journal("account-7").last, 0U);
  EXPECT_TRUE(has_logged({"persist() in a Task that is reentrant"}));
}

/// Begins with an event.
class Founded : public Persistent<Balance, Deposited> {
 public:
  using Protocol = Accepts<GetBalance>;
  Founded() : Persistent("account-7") {}
  Task<> on_start() {
    if (last_event() == 0) co_await persist<Deposited>({100});
  }
  int on(GetBalance) const { return state().cents; }
};

TEST_F(PersistentActor, MayPersistInItsOnStart) {
  EXPECT_EQ(actors().spawn<Founded>("founded").ask(GetBalance{}).get().value(), 100);
  restart();
  EXPECT_EQ(actors().spawn<Founded>("founded").ask(GetBalance{}).get().value(), 100);
}

TEST_F(PersistentActor, StartsAgainWhereItsOnStartCouldNotPersist) {
  actors().spawn<Reentrant>("other");  // So that its types are on storage.
  system().run();
  storage_->refusals = {Stored::unavailable, Stored::unavailable};
  const auto founded = actors().spawn<Founded>("founded");
  EXPECT_EQ(founded.ask(GetBalance{}).get().value(), 100);
  EXPECT_EQ(journal("account-7").last, 1U);
}

TEST_F(PersistentActor, IsRefusedWithoutStorage) {
  testkit::TestSystem without;
  Notes notes;
  const auto spawned = without.actors().try_spawn<Account>("account", "7", &notes);
  ASSERT_FALSE(spawned.ok());
  EXPECT_EQ(spawned.error().code(), ErrorCode::start_failed);
  EXPECT_NE(spawned.error().context().find("needs storage"), std::string::npos);
}

TEST_F(PersistentActor, IsRefusedWithAnIdThatIsTooLong) {
  const auto spawned = actors().try_spawn<Account>("account", std::string(300, 'x'), &notes_);
  ASSERT_FALSE(spawned.ok());
  EXPECT_NE(spawned.error().context().find("1 to 255 bytes"), std::string::npos);
}

TEST_F(PersistentActor, RecoversAnewWhenItIsRestarted) {
  const auto account = spawn();
  EXPECT_EQ(account.ask(Deposit{500}).get().value(), 500);
  account.tell(Do{"throws"});
  account.tell(Pay{1});
  system().run();

  EXPECT_EQ(notes_.constructed, 2);
  EXPECT_EQ(notes_.seen, (Seen{"start 0", "deposited 500", "restarted 500", "paid 1"}));
  EXPECT_EQ(balance(account), 501);
}

TEST_F(PersistentActor, ReadsItsEventsInPages) {
  const auto account = spawn("7", {.snapshot_every = 0});
  for (int i = 0; i < 2'500; ++i) account.tell(Pay{1});
  system().run();
  restart();
  storage_->pages_read = 0;
  storage_->events_read = 0;

  EXPECT_EQ(balance(spawn("7", {.snapshot_every = 0})), 2'500);
  EXPECT_EQ(storage_->pages_read, 3U);
  EXPECT_EQ(storage_->events_read, 2'500U);
}

TEST_F(PersistentActor, SaysHowFarALongRecoveryIs) {
  const auto account = spawn("7", {.snapshot_every = 0});
  for (int i = 0; i < 1'500; ++i) account.tell(Pay{1});
  system().run();
  restart();
  storage_->holds_reads = true;
  spawn("7", {.snapshot_every = 0});
  system().run_for(6s);
  storage_->release();
  system().run();

  EXPECT_TRUE(has_logged({"account-7", "event 1000 of 1500"}));
}

TEST_F(PersistentActor, ClaimsItsJournalBeforeEachRecovery) {
  const auto account = spawn();
  system().run();
  EXPECT_EQ(journal("account-7").owner.epoch, 1U);
  account.tell(Do{"throws"});
  system().run();
  EXPECT_EQ(journal("account-7").owner.epoch, 2U);
}

TEST_F(PersistentActor, RecoversWithOthersUpToTheSystemsNumber) {
  recoveries_max_ = 2;
  restart();
  storage_->is_held = true;
  for (int i = 0; i < 5; ++i) spawn(std::to_string(i));
  system().run();
  EXPECT_EQ(journals_->counts().recovering, 2U);
  EXPECT_EQ(journals_->counts().waiting, 3U);

  storage_->release();
  system().run();
  EXPECT_EQ(journals_->counts().recovering, 0U);
  EXPECT_EQ(journals_->counts().recovered, 5U);
  EXPECT_EQ(journals_->counts().recovering_max, 2U);
}

TEST_F(PersistentActor, GivesItsTurnAwayThatIsStoppedBeforeItHasCome) {
  recoveries_max_ = 1;
  restart();
  storage_->is_held = true;
  const auto first = spawn("1");
  const auto second = spawn("2");
  spawn("3");
  system().run();
  system().stop(second);
  system().stop(first);
  system().run();
  EXPECT_EQ(journals_->counts().recovering, 1U);
  EXPECT_EQ(journals_->counts().waiting, 0U);
  storage_->release();
  system().run();
  EXPECT_EQ(journals_->counts().recovered, 1U);
}

// --- Snapshots ---

TEST_F(PersistentActor, RecoversFromItsSnapshotAndTheEventsAfterIt) {
  const auto account = spawn("7", {.snapshot_every = 10});
  for (int i = 0; i < 25; ++i) account.tell(Pay{1});
  system().run();
  EXPECT_EQ(journal("account-7").snapshot, 20U);
  EXPECT_EQ(journal("account-7").first, 21U);
  restart();
  storage_->events_read = 0;

  EXPECT_EQ(balance(spawn("7", {.snapshot_every = 10})), 25);
  EXPECT_EQ(storage_->events_read, 5U);
}

TEST_F(PersistentActor, TakesASnapshotOnceItsEventsAreLarge) {
  const auto account = spawn("7", {.snapshot_every = 0, .snapshot_bytes = 100});
  for (int i = 0; i < 10; ++i) account.tell(Pay{1});
  system().run();
  EXPECT_GT(journal("account-7").snapshot, 0U);
}

TEST_F(PersistentActor, KeepsSoManyEventsBeforeASnapshotAsItIsTold) {
  const auto account = spawn("7", {.snapshot_every = 10, .events_kept = 4});
  for (int i = 0; i < 10; ++i) account.tell(Pay{1});
  system().run();
  EXPECT_EQ(journal("account-7").snapshot, 10U);
  EXPECT_EQ(journal("account-7").first, 7U);
  restart();
  EXPECT_EQ(balance(spawn()), 10);
}

TEST_F(PersistentActor, KeepsAllEventsWhereItIsTold) {
  const auto account = spawn("7", {.snapshot_every = 10, .events_kept = UINT64_MAX});
  for (int i = 0; i < 10; ++i) account.tell(Pay{1});
  system().run();
  EXPECT_EQ(journal("account-7").first, 1U);
}

}  // namespace
}  // namespace troupe::persistent_test
