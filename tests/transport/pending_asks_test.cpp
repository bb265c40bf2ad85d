#include <gtest/gtest.h>
#include <troupe/actor/ports/reply_sink.hpp>
#include <troupe/transport/outgoing/pending_asks.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::Error;
using troupe::ErrorCode;
using troupe::TimePoint;

constexpr TimePoint t0(1h);
const int link_a = 0;
const int link_b = 0;

/// Remembers the error that it was completed with.
class RecordingSink final : public troupe::runtime::ReplySink {
 public:
  void complete(std::uint64_t token, troupe::runtime::Envelope* reply) noexcept override {
    tokens.push_back(token);
    code = reply->payload_as<Error>().code();
    troupe::runtime::free_envelope(reply);
  }
  void destroy() noexcept override { ++destroyed; }

  std::vector<std::uint64_t> tokens;
  ErrorCode code{};
  int destroyed = 0;
};

Asker asker_with_token(std::uint64_t token) {
  return {.sink = nullptr, .actor = 0, .token = token};
}

TEST(PendingAsks, AnAnswerTakesItsAskOutOnce) {
  PendingAsks pending(10);
  const auto correlation = pending.add(asker_with_token(5), t0 + 1s, &link_a);
  ASSERT_TRUE(correlation.has_value());

  const auto asker = pending.take(*correlation, &link_a);

  ASSERT_TRUE(asker.has_value());
  EXPECT_EQ(asker->token, 5U);
  EXPECT_FALSE(pending.take(*correlation, &link_a).has_value());
  EXPECT_EQ(pending.size(), 0U);
  EXPECT_EQ(pending.next(), TimePoint::max());
}

TEST(PendingAsks, AnAnswerByAnotherLinkIsNone) {
  PendingAsks pending(10);
  const auto correlation = pending.add(asker_with_token(5), t0 + 1s, &link_a);

  EXPECT_FALSE(pending.take(*correlation, &link_b).has_value());
  EXPECT_TRUE(pending.take(*correlation, &link_a).has_value());
}

TEST(PendingAsks, AreAnsweredByTheLinkThatTheyWereMovedTo) {
  PendingAsks pending(10);
  const auto one = pending.add(asker_with_token(1), t0 + 1s, &link_a);

  pending.move_all(&link_a, &link_b);
  EXPECT_FALSE(pending.take(*one, &link_a).has_value());
  EXPECT_TRUE(pending.take(*one, &link_b).has_value());
}

TEST(PendingAsks, NamesAreNeverGivenTwice) {
  PendingAsks pending(10);
  const auto first = pending.add(asker_with_token(1), t0 + 1s, &link_a);
  ASSERT_TRUE(pending.take(*first, &link_a).has_value());
  const auto second = pending.add(asker_with_token(2), t0 + 1s, &link_a);

  EXPECT_NE(*first, *second);
  EXPECT_NE(*second, 0U);
  EXPECT_FALSE(pending.take(*first, &link_a).has_value());
}

TEST(PendingAsks, AsksEndAtTheirDeadlines) {
  PendingAsks pending(10);
  static_cast<void>(pending.add(asker_with_token(3), t0 + 3s, &link_a));
  const auto early = pending.add(asker_with_token(1), t0 + 1s, &link_a);
  static_cast<void>(pending.add(asker_with_token(9), TimePoint::max(), &link_a));

  EXPECT_EQ(pending.next(), t0 + 1s);
  EXPECT_TRUE(pending.take_due(t0 + 999ms).empty());
  const auto due = pending.take_due(t0 + 1s);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].asker.token, 1U);
  EXPECT_FALSE(pending.take(*early, &link_a).has_value());
  EXPECT_EQ(pending.next(), t0 + 3s);
}

TEST(PendingAsks, ALostLinkTakesItsOwnAsksOnly) {
  PendingAsks pending(10);
  static_cast<void>(pending.add(asker_with_token(1), t0 + 1s, &link_a));
  static_cast<void>(pending.add(asker_with_token(2), t0 + 1s, &link_b));

  const auto ended = pending.take_all(&link_a);

  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].asker.token, 1U);
  EXPECT_EQ(pending.size(), 1U);
  EXPECT_EQ(pending.take_all(nullptr).size(), 1U);
  EXPECT_EQ(pending.size(), 0U);
}

TEST(PendingAsks, AreLimited) {
  PendingAsks pending(2);
  const auto first = pending.add(asker_with_token(1), t0 + 1s, &link_a);
  ASSERT_TRUE(pending.add(asker_with_token(2), t0 + 1s, &link_a).has_value());

  EXPECT_FALSE(pending.add(asker_with_token(3), t0 + 1s, &link_a).has_value());
  ASSERT_TRUE(pending.take(*first, &link_a).has_value());
  EXPECT_TRUE(pending.add(asker_with_token(3), t0 + 1s, &link_a).has_value());
}

TEST(PendingAsks, CompletingASinkGivesItsReferenceBack) {
  RecordingSink sink;

  complete(Asker{.sink = &sink, .actor = 0, .token = 5}, Error(ErrorCode::timeout, "too late"));

  EXPECT_EQ(sink.tokens, std::vector<std::uint64_t>{5});
  EXPECT_EQ(sink.code, ErrorCode::timeout);
  EXPECT_EQ(sink.destroyed, 1);
}

}  // namespace
