// Whom every storage wakes, and of what: an owner that has read all asks no more by itself.
#include "storages.hpp"

#include <algorithm>
#include <limits>

namespace troupe::persistence {
namespace {

class WakingConformance : public StorageConformance {
 protected:
  void SetUp() override {
    storage().on_append([this](std::string_view queue) {
      const std::lock_guard lock(mutex_);
      woken_.emplace_back(queue);
      changed_.notify_all();
    });
  }
  void TearDown() override { storage().close(std::chrono::seconds(20)); }

  /// Since the last call.
  bool is_woken(const std::string& queue) {
    return std::ranges::count(woken_until(queue), queue) > 0;
  }

  /// All since the last call, up to this one.
  std::vector<std::string> woken_until(const std::string& queue) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20),
                      [&] { return std::ranges::find(woken_, queue) != woken_.end(); });
    return std::exchange(woken_, {});
  }

  void control(const std::string& queue, ControlQueue::Action action) {
    Asked<ControlQueue> request;
    request.queue = queue;
    request.action = action;
    EXPECT_EQ(ask(request), Stored::stored) << request.why;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> woken_;
};

TEST_P(WakingConformance, TheOwnerHearsOfDeadLettersThatAreReplayed) {
  const Token token = claim("orders");
  append("orders", {"a"});
  EXPECT_TRUE(is_woken("orders"));
  EXPECT_EQ(settle("orders", token, 1, 1, {{.number = 1, .error = "dead"}}), Stored::stored);

  Asked<HandleDeadLetters> request;
  request.queue = "orders";
  request.last = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(ask(request), Stored::stored) << request.why;
  EXPECT_EQ(request.handled, 1U);
  EXPECT_TRUE(is_woken("orders"));
}

TEST_P(WakingConformance, TheOwnerHearsThatItsQueueIsPausedResumedOrPurged) {
  claim("orders");
  for (const auto action :
       {ControlQueue::Action::pause, ControlQueue::Action::resume, ControlQueue::Action::purge}) {
    control("orders", action);
    EXPECT_TRUE(is_woken("orders"));
  }
}

TEST_P(WakingConformance, TheOwnerHearsOfABatchThatComesAgain) {
  claim("orders");
  Asked<AppendBatch> request;
  request.queue = "orders";
  request.producer = request.batch = 1;
  request.records = records_of({"a"});
  EXPECT_EQ(ask(request), Stored::stored);
  EXPECT_TRUE(is_woken("orders"));
  EXPECT_EQ(ask(request), Stored::again);
  EXPECT_TRUE(is_woken("orders")) << "the first time may not have come through";
}

TEST_P(WakingConformance, WhatTheOwnerAddsWakesNobody) {
  claim("orders");
  Asked<AppendBatch> request;
  request.queue = "orders";
  request.producer = request.batch = 1;
  request.by_owner = true;
  request.records = records_of({"a"});
  EXPECT_EQ(ask(request), Stored::stored);
  claim("other");
  append("other", {"a"});
  EXPECT_EQ(woken_until("other"), std::vector<std::string>{"other"});
}

INSTANTIATE_TEST_SUITE_P(Storages, WakingConformance, testing::ValuesIn(storage_kinds()), name_of);

}  // namespace
}  // namespace troupe::persistence
