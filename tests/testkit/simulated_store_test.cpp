#include <troupe/testkit/simulated_store.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace troupe::testkit {
namespace {

using namespace std::chrono_literals;
using persistence::AppendBatch;
using persistence::ClaimQueue;
using persistence::Stored;

template <class Request>
struct Asked final : Request {
  void complete() noexcept override { is_answered = true; }
  bool is_answered = false;
};

class SimulatedStoreTest : public testing::Test {
 protected:
  void use(SimulatedStoreSettings settings) {
    store_ = std::make_unique<SimulatedStore>(settings);
    store_->run_in(world_);
    connection_ = store_->connect();
  }
  template <class Request>
  Stored ask(Asked<Request>& request, Duration patience = 1s) {
    request.is_answered = false;
    connection_->submit(request);
    world_.run_for(patience);
    EXPECT_TRUE(request.is_answered);
    return request.outcome;
  }
  Stored append(std::uint64_t producer) {
    Asked<AppendBatch> request;
    request.queue = "orders";
    request.producer = producer;
    request.batch = 1;
    request.records.add("one");
    return ask(request);
  }
  Stored claim(std::uint64_t incarnation) {
    Asked<ClaimQueue> request;
    request.queue = "orders";
    request.incarnation = incarnation;
    request.instance = 1;
    return ask(request);
  }
  std::uint64_t stored() { return store_->queue("orders").books.stored; }

  SteppedWorld world_{std::make_shared<ManualClock>()};
  std::unique_ptr<SimulatedStore> store_;
  std::shared_ptr<SimulatedStore::Connection> connection_;
};

TEST_F(SimulatedStoreTest, CarriesOutAndAnswersWithinItsLatency) {
  use({.latency_max = 2ms});
  Asked<AppendBatch> request;
  request.queue = "orders";
  request.producer = 1;
  request.batch = 1;
  request.records.add("one");
  connection_->submit(request);
  EXPECT_FALSE(request.is_answered);
  world_.run_for(2ms);
  EXPECT_TRUE(request.is_answered);
  EXPECT_EQ(request.outcome, Stored::stored);
  EXPECT_EQ(stored(), 1U);
}

TEST_F(SimulatedStoreTest, CarriesOutNothingThatItRefuses) {
  use({.refused = 1});
  EXPECT_EQ(append(1), Stored::unavailable);
  EXPECT_EQ(stored(), 0U);
  EXPECT_EQ(store_->faults().refused, 1U);
}

TEST_F(SimulatedStoreTest, LosesTheAnswersOfWhatItHasDoneAndOfWhatItHasNot) {
  use({.lost = 1});
  for (std::uint64_t producer = 1; producer <= 100; ++producer) {
    ASSERT_EQ(append(producer), Stored::unknown);
  }
  EXPECT_GT(stored(), 30U);
  EXPECT_LT(stored(), 70U);
  EXPECT_EQ(store_->faults().lost, 100U);
}

TEST_F(SimulatedStoreTest, DoesLaterWhatIsLate) {
  use({.late = 1, .late_max = 5s});
  Asked<AppendBatch> request;
  request.queue = "orders";
  request.producer = 1;
  request.batch = 1;
  request.records.add("one");
  EXPECT_EQ(ask(request, 2ms), Stored::unknown);
  EXPECT_EQ(stored(), 0U);
  world_.run_for(5s);
  EXPECT_EQ(stored(), 1U);
  EXPECT_EQ(store_->waiting(), 0U);
}

TEST_F(SimulatedStoreTest, IsUnavailableWhileItIsAway) {
  use({});
  store_->set_away(true);
  EXPECT_EQ(append(1), Stored::unavailable);
  store_->set_away(false);
  EXPECT_EQ(append(1), Stored::stored);
}

TEST_F(SimulatedStoreTest, KeepsWhatItHasAnsweredWhenItBeginsAnew) {
  use({});
  EXPECT_EQ(append(1), Stored::stored);
  store_->restart();
  EXPECT_EQ(stored(), 1U);
}

TEST_F(SimulatedStoreTest, LacksTheLastWritesAfterAFailOver) {
  use({.copies = 8});
  for (std::uint64_t producer = 1; producer <= 5; ++producer) append(producer);
  store_->fail_over(2);
  EXPECT_EQ(stored(), 3U);
  store_->fail_over(0);
  EXPECT_EQ(stored(), 3U);
  EXPECT_EQ(append(6), Stored::stored);
  EXPECT_EQ(stored(), 4U);
}

TEST_F(SimulatedStoreTest, KnowsThatTheOwnerOfAConnectionThatWasCutIsGone) {
  use({});
  const auto killed = connection_;
  EXPECT_EQ(claim(1), Stored::stored);
  connection_ = store_->connect();
  EXPECT_EQ(claim(2), Stored::owned);
  killed->cut();
  EXPECT_EQ(claim(2), Stored::stored);
}

}  // namespace
}  // namespace troupe::testkit
