// Who has a queue: the lives of a node one after the other, and nodes that share a storage.
#include <gtest/gtest.h>

#include "faulty_storage.hpp"
#include "orders.hpp"

namespace troupe::durable_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t other_node = 99;

class QueueOwnerTest : public DurableTest {
 protected:
  ~QueueOwnerTest() override { system_.reset(); }

  RefTo<Orders> spawn() {
    return actors().spawn<Orders>("orders", with(durable_mailbox("orders")), &notes_);
  }
  /// Another node has the queue from now on.
  persistence::Token claim_elsewhere() {
    Asked<persistence::ClaimQueue> claim;
    claim.queue = "orders";
    claim.incarnation = other_node;
    claim.instance = 1;
    storage_->submit(claim);
    EXPECT_EQ(claim.outcome, Stored::stored) << claim.why;
    return claim.token;
  }
  void release_elsewhere(const persistence::Token& token) {
    Asked<persistence::SettleBatch> settle;
    settle.queue = "orders";
    settle.token = token;
    settle.number = 1;
    settle.releases = true;
    storage_->submit(settle);
    EXPECT_EQ(settle.outcome, Stored::stored) << settle.why;
  }
  [[nodiscard]] int lines_with(std::string_view text) {
    int lines = 0;
    for (const auto& line : system().log_lines()) {
      if (line.text.find(text) != std::string::npos) ++lines;
    }
    return lines;
  }

  Notebook notes_;
};

TEST_F(QueueOwnerTest, LeavesTheQueueToAnybodyWhenItEnds) {
  const auto orders = spawn();
  orders.tell(Order{"1", "waits"});
  system().run();
  EXPECT_EQ(state().owner.incarnation, 1U);

  system().stop(orders);
  system().run();
  EXPECT_EQ(state().owner.incarnation, 0U);
  EXPECT_EQ(state().books.waiting, 1U);
  claim_elsewhere();
}

TEST_F(QueueOwnerTest, IsTheActorOfTheNextLifeOfTheNode) {
  spawn().tell(Order{"1", "waits"});
  system().run();
  restart();
  notes_ = {};
  spawn();
  system().run();

  EXPECT_EQ(notes_.seen, (Seen{"1"}));
}

TEST_F(QueueOwnerTest, WaitsForAQueueThatAnotherNodeHasAndTakesWhatIsSentMeanwhile) {
  const persistence::Token token = claim_elsewhere();
  const auto orders = spawn();
  orders.tell(Order{"1", ""});
  system().run_for(10s);
  EXPECT_EQ(notes_.seen, Seen{});
  EXPECT_EQ(state().books.stored, 1U);
  EXPECT_EQ(storage_->by_owner, std::vector<bool>{false});
  EXPECT_EQ(lines_with("waits for its queue, which another node has"), 1);
  EXPECT_EQ(lines_with(to_string(token)), 1);

  release_elsewhere(token);
  system().run_for(2s);
  EXPECT_EQ(notes_.seen, (Seen{"1"}));
  EXPECT_TRUE(orders.try_tell(Order{"2", ""}).ok());
  system().run();
  EXPECT_EQ(storage_->by_owner, (std::vector<bool>{false, true}));
}

TEST_F(QueueOwnerTest, TakesTheQueueOfANodeThatIsKnownToBeDown) {
  claim_elsewhere();
  spawn().tell(Order{"1", ""});
  system().run_for(3s);
  EXPECT_EQ(notes_.seen, Seen{});

  down_.insert(other_node);
  system().run_for(2s);
  EXPECT_EQ(notes_.seen, (Seen{"1"}));
}

TEST_F(QueueOwnerTest, MayEndWhileItWaitsForItsQueue) {
  claim_elsewhere();
  const auto orders = spawn();
  orders.tell(Order{"1", ""});
  system().run();
  system().stop(orders);
  system().run();

  EXPECT_EQ(state().owner.incarnation, other_node);
  EXPECT_EQ(state().books.stored, 1U);
  EXPECT_TRUE(actors().try_spawn<Orders>("", with(durable_mailbox("orders")), &notes_).ok());
}

}  // namespace
}  // namespace troupe::durable_test
