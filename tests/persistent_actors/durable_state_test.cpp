// DurableState, and events of earlier versions.
#include <gtest/gtest.h>

#include <troupe/persistence/durable_state.hpp>

#include "accounts.hpp"
#include "faulty_journals.hpp"

namespace troupe::persistent_test {
namespace {

using Words = std::vector<std::string>;

struct Cart {
  static constexpr std::string_view wire_name = "test.Cart";
  std::vector<std::string> items = {};
};
struct Add {
  static constexpr std::string_view wire_name = "test.Add";
  using Reply = int;
  std::string item;
};
struct Show {
  static constexpr std::string_view wire_name = "test.Show";
  using Reply = std::vector<std::string>;
};

class CartActor : public DurableState<Cart> {
 public:
  using Protocol = Accepts<Add, Show>;
  explicit CartActor(const std::string& customer) : DurableState("cart-" + customer) {}

  Task<int> on(Add add) {
    Cart cart = state();
    cart.items.push_back(add.item);
    co_await store(cart);
    co_return static_cast<int>(state().items.size());
  }
  std::vector<std::string> on(Show) const { return state().items; }
};

class DurableStates : public PersistentTest {
 protected:
  RefTo<CartActor> spawn() { return actors().spawn<CartActor>("cart", "7"); }
};

TEST_F(DurableStates, AreRecoveredAsTheyWereStoredLast) {
  const auto cart = spawn();
  for (const char* item : {"tea", "milk", "sugar"}) {
    EXPECT_TRUE(cart.ask<Add>({item}).get().ok());
  }
  restart();
  EXPECT_EQ(spawn().ask(Show{}).get().value(), (Words{"tea", "milk", "sugar"}));
}

TEST_F(DurableStates, AreEmptyBeforeTheFirstIsStored) {
  EXPECT_EQ(spawn().ask(Show{}).get().value(), Words{});
  restart();
  EXPECT_EQ(spawn().ask(Show{}).get().value(), Words{});
}

TEST_F(DurableStates, LeaveNoEarlierOnesOnStorage) {
  const auto cart = spawn();
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(cart.ask<Add>({"tea"}).get().ok());
  EXPECT_EQ(journal("cart-7").first, 10U);
  EXPECT_EQ(journal("cart-7").last, 10U);
  restart();
  storage_->events_read = 0;
  EXPECT_EQ(spawn().ask(Show{}).get().value().size(), 10U);
  EXPECT_EQ(storage_->events_read, 1U);
}

TEST_F(DurableStates, AreAsBeforeWhereAWriteFails) {
  const auto cart = spawn();
  EXPECT_EQ(cart.ask<Add>({"tea"}).get().value(), 1);
  storage_->refusals = {Stored::unavailable};
  EXPECT_EQ(cart.ask<Add>({"milk"}).get().error().code(), ErrorCode::storage_unavailable);
  EXPECT_EQ(cart.ask(Show{}).get().value(), (Words{"tea"}));
}

// --- Events of earlier versions ---

/// What test.Deposited was once, in euros, of a class that had nothing else.
struct OldBalance {
  static constexpr std::string_view wire_name = "test.OldBalance";
  int euros = 0;
};
struct DepositedV1 {
  static constexpr std::string_view wire_name = "test.DepositedV1";
  int euros = 0;
  [[nodiscard]] Deposited upcast() const { return {euros * 100}; }
};
struct DepositedV0 {
  static constexpr std::string_view wire_name = "test.DepositedV0";
  std::string text;
  [[nodiscard]] DepositedV1 upcast() const { return {static_cast<int>(text.size())}; }
};
/// As it was stored before it had a second field.
struct ShortWithdrawn {
  static constexpr std::string_view wire_name = "test.Withdrawn";
  int cents = 0;
};

class NewAccount : public Persistent<Balance, Deposited, Withdrawn, DepositedV1, DepositedV0> {
 public:
  using Protocol = Accepts<GetBalance>;
  NewAccount() : Persistent("account-7") {}
  int on(GetBalance) const { return state().cents; }
};

class EventsOfEarlierVersions : public PersistentTest {
 protected:
  template <class E>
  void store(const E& event) {
    Asked<persistence::ClaimJournal> claim;
    claim.key = "account-7";
    claim.incarnation = incarnations_;
    claim.instance = 1'000'000;
    memory_->submit(claim);
    Asked<persistence::AppendEvents> append;
    append.key = "account-7";
    append.token = claim.token;
    append.number = 1;
    append.expected = claim.state.last;
    append.events.add(persistence::record_of(event));
    memory_->submit(append);
    ASSERT_EQ(append.outcome, Stored::stored) << append.why;
  }
};

TEST_F(EventsOfEarlierVersions, AreAppliedAsWhatTheyBecame) {
  store(DepositedV1{5});
  store(Deposited{7});
  EXPECT_EQ(actors().spawn<NewAccount>("account").ask(GetBalance{}).get().value(), 507);
}

TEST_F(EventsOfEarlierVersions, MayBeSeveralVersionsOld) {
  store(DepositedV0{"eee"});
  EXPECT_EQ(actors().spawn<NewAccount>("account").ask(GetBalance{}).get().value(), 300);
}

TEST_F(EventsOfEarlierVersions, LackFieldsThatWereAppendedSince) {
  store(ShortWithdrawn{5});
  EXPECT_EQ(actors().spawn<NewAccount>("account").ask(GetBalance{}).get().value(), -5);
}

TEST_F(EventsOfEarlierVersions, WithASnapshotOfAnotherStateEndTheActor) {
  store(Deposited{5});
  Asked<persistence::SaveSnapshot> save;
  save.key = "account-7";
  save.token = journal("account-7").owner;
  save.number = 1;
  save.record = persistence::record_of(OldBalance{5});
  save.keep_from = 2;
  memory_->submit(save);
  ASSERT_EQ(save.outcome, Stored::stored) << save.why;
  const auto account = actors().spawn<NewAccount>("account");
  system().run();

  EXPECT_FALSE(account.try_tell(GetBalance{}).ok());
  EXPECT_TRUE(has_logged({"account-7", "snapshot", "test.OldBalance", "test.Balance"}));
}

// --- Types that were changed ---

/// test.Deposited as it may not become.
struct ChangedDeposited {
  static constexpr std::string_view wire_name = "test.Deposited";
  std::string cents;
};
struct ChangedBalance {
  static constexpr std::string_view wire_name = "test.ChangedBalance";
  std::string cents;
  void apply(const ChangedDeposited& event) { cents = event.cents; }
};
class ChangedAccount : public Persistent<ChangedBalance, ChangedDeposited> {
 public:
  using Protocol = Accepts<GetBalance>;
  ChangedAccount() : Persistent("account-8") {}
  int on(GetBalance) const { return static_cast<int>(state().cents.size()); }
};
/// test.Withdrawn as it may become.
struct LongWithdrawn {
  static constexpr std::string_view wire_name = "test.Withdrawn";
  int cents = 0;
  std::string note;
  bool by_card = false;
};
struct LongBalance {
  static constexpr std::string_view wire_name = "test.LongBalance";
  int cents = 0;
  void apply(const LongWithdrawn& event) { cents -= event.cents; }
};
class LongAccount : public Persistent<LongBalance, LongWithdrawn> {
 public:
  using Protocol = Accepts<GetBalance>;
  LongAccount() : Persistent("account-8") {}
  int on(GetBalance) const { return state().cents; }
};

class StoredSchemas : public PersistentTest {
 protected:
  ~StoredSchemas() override { system_.reset(); }
  Notes notes_;
};

TEST_F(StoredSchemas, NameTheFieldThatWasChanged) {
  actors().spawn<Account>("account", "7", &notes_);
  system().run();
  restart();
  const auto changed = actors().spawn<ChangedAccount>("changed");
  system().run();

  EXPECT_FALSE(changed.try_tell(GetBalance{}).ok());
  EXPECT_TRUE(has_logged({"account-8", "test.Deposited", "cents", "int32", "string"}));
}

TEST_F(StoredSchemas, TakeFieldsThatWereAppendedAndTheOldTypeAfterwards) {
  actors().spawn<Account>("account", "7", &notes_);
  system().run();
  restart();
  EXPECT_EQ(actors().spawn<LongAccount>("long").ask(GetBalance{}).get().value(), 0);
  restart();
  const auto old = actors().spawn<Account>("account", "7", &notes_);
  EXPECT_EQ(old.ask(GetBalance{}).get().value(), 0);
}

TEST_F(StoredSchemas, AreWrittenOnce) {
  for (int life = 0; life < 3; ++life) {
    actors().spawn<Account>("1", "1", &notes_);
    actors().spawn<Account>("2", "2", &notes_);
    system().run();
    EXPECT_EQ(journal("troupe.schemas").last, 3U);
    restart();
  }
}

TEST_F(StoredSchemas, MayBeWrittenByOthersAtTheSameTime) {
  storage_->is_held = true;
  actors().spawn<Account>("1", "1", &notes_);
  actors().spawn<Account>("2", "2", &notes_);
  actors().spawn<CartActor>("cart", "3");
  system().run();
  storage_->release();
  system().run();
  EXPECT_EQ(journals_->counts().recovered, 3U);
}

}  // namespace
}  // namespace troupe::persistent_test
