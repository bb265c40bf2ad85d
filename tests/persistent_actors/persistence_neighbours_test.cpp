// What others do to a persistent actor: they forward to it, erase what it needs, and catch.
#include <gtest/gtest.h>

#include <algorithm>

#include "accounts.hpp"
#include "faulty_journals.hpp"

namespace troupe::persistent_test {
namespace {

using namespace std::chrono_literals;

/// Has a durable mailbox, and hands on what comes there.
class Gate : public Actor {
 public:
  using Protocol = Accepts<Pay>;
  explicit Gate(RefTo<Account> account) : account_(account) {}
  void on(Pay pay) { forward(account_, pay); }

 private:
  RefTo<Account> account_;
};

class PersistenceNeighbours : public PersistentTest {
 protected:
  ~PersistenceNeighbours() override {
    system_.reset();
    throws_left = 0;
  }

  RefTo<Account> spawn() { return actors().spawn<Account>("account-7", "7", &notes_); }
  int balance(const RefTo<Account>& account) { return account.ask(GetBalance{}).get().value(); }

  Notes notes_;
};

TEST_F(PersistenceNeighbours, MessagesForwardedFromTwoDurableMailboxesAllCount) {
  const auto account = spawn();
  const auto one = actors().spawn<Gate>("one", with(durable_mailbox("one")), account);
  const auto two = actors().spawn<Gate>("two", with(durable_mailbox("two")), account);
  for (int i = 0; i < 3; ++i) one.tell(Pay{1});
  system().run();
  two.tell(Pay{500});  // The first of its queue: its position is below those of the other one.
  system().run();

  EXPECT_EQ(balance(account), 503);
  EXPECT_EQ(queue("two").books.settled, 1U);
}

TEST_F(PersistenceNeighbours, SchemasThatWereErasedAreStoredAnew) {
  EXPECT_EQ(spawn().ask(Deposit{500}).get().value(), 500);
  const std::string schemas(persistence::schemas_key);
  const std::uint64_t last = journal(schemas).last;
  Asked<persistence::EraseJournal> erase;
  erase.key = schemas;
  memory_->submit(erase);
  ASSERT_EQ(erase.outcome, Stored::stored) << erase.why;
  restart();

  EXPECT_EQ(balance(spawn()), 500);
  EXPECT_GT(journal(schemas).last, last);
}

TEST_F(PersistenceNeighbours, AHandlerDoesNotGoOnWithAnEventHalfAppliedWhateverItCatches) {
  const auto account = spawn();
  EXPECT_EQ(account.ask(Deposit{5}).get().value(), 5);
  throws_left = 1;
  account.tell(Do{"catches 666"});
  system().run_for(1s);

  EXPECT_EQ(std::ranges::count(notes_.seen, "caught"), 0);
  EXPECT_EQ(std::ranges::count(notes_.seen, "went on"), 0);
  EXPECT_EQ(balance(account), 671);
  EXPECT_EQ(notes_.constructed, 1);
}

}  // namespace
}  // namespace troupe::persistent_test
