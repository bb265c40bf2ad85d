#include <troupe/persistence/redis_storage/claimed_queues.hpp>

#include <gtest/gtest.h>

#include <cstddef>

namespace troupe::persistence {
namespace {

template <class Request>
struct Answered final : Request {
  void complete() noexcept override {}
};

std::size_t known(const ClaimedQueues& queues) {
  std::size_t count = 0;
  for (const auto& bucket : queues.by_bucket()) count += bucket.size();
  return count;
}

/// As the storage has answered it.
Token claim(ClaimedQueues& queues) {
  Answered<ClaimQueue> request;
  request.queue = "orders";
  request.token = {.epoch = 1, .incarnation = 2, .instance = 3};
  request.outcome = Stored::stored;
  EXPECT_FALSE(queues.note(request));
  return request.token;
}

void settle(ClaimedQueues& queues, const Token& token, Stored outcome, bool releases) {
  Answered<SettleBatch> request;
  request.queue = "orders";
  request.token = token;
  request.releases = releases;
  request.outcome = outcome;
  EXPECT_FALSE(queues.note(request));
}

TEST(ClaimedQueues, KeepAQueueUntilItsOwnerHasGivenItUp) {
  ClaimedQueues queues;
  const Token token = claim(queues);
  settle(queues, token, Stored::stored, false);
  settle(queues, token, Stored::unavailable, true);
  EXPECT_EQ(known(queues), 1U);

  settle(queues, token, Stored::stored, true);
  EXPECT_EQ(known(queues), 0U);
}

TEST(ClaimedQueues, ForgetAQueueWhoseOwnerIsFenced) {
  ClaimedQueues queues;
  settle(queues, claim(queues), Stored::fenced, false);
  EXPECT_EQ(known(queues), 0U);
}

}  // namespace
}  // namespace troupe::persistence
