#include <gtest/gtest.h>
#include <numeric>
#include <troupe/transport/outgoing/link_books.hpp>

namespace {

using namespace troupe::transport;
using troupe::ErrorCode;

void accept(LinkBooks& books, int count) {
  for (int i = 0; i < count; ++i) books.accepted();
}

std::uint64_t dropped(const LinkBooks& books, ErrorCode reason) {
  return books.dropped()[static_cast<std::size_t>(reason)];
}

void expect_balance(const LinkBooks& books) {
  const auto& reasons = books.dropped();
  EXPECT_EQ(books.sent(), books.delivered() + books.in_flight() +
                              std::accumulate(reasons.begin(), reasons.end(), std::uint64_t{0}));
}

TEST(LinkBooks, WhatThePeerConfirmsIsDelivered) {
  LinkBooks books(1);
  accept(books, 10);
  books.confirm(1, {.ordinary = 6, .large = 1});

  EXPECT_EQ(books.delivered(), 7U);
  EXPECT_EQ(books.in_flight(), 3U);
  expect_balance(books);
}

TEST(LinkBooks, WhatThePeerHasMissedIsNotDelivered) {
  LinkBooks books(1);
  accept(books, 10);
  books.confirm(1, {.ordinary = 4}, 1);
  books.confirm(1, {.ordinary = 6}, 3);
  EXPECT_EQ(books.delivered(), 3U);
  EXPECT_EQ(dropped(books, ErrorCode::node_unreachable), 3U);

  books.end_session(2, 0, ErrorCode::node_unreachable);
  books.settle(1, {.ordinary = 9}, 4);

  EXPECT_EQ(books.delivered(), 5U);
  EXPECT_EQ(dropped(books, ErrorCode::node_unreachable), 5U);
  expect_balance(books);
}

TEST(LinkBooks, BelieveNoMoreMissesThanMessagesCame) {
  LinkBooks books(1);
  accept(books, 10);
  books.confirm(1, {.ordinary = 4}, 1'000);
  books.confirm(1, {.ordinary = 6}, 0);

  EXPECT_EQ(books.delivered(), 2U);
  EXPECT_EQ(dropped(books, ErrorCode::node_unreachable), 4U);
  expect_balance(books);
}

TEST(LinkBooks, WhatWasRefusedIsDroppedForItsReason) {
  LinkBooks books(1);
  books.refused(ErrorCode::link_full);

  EXPECT_EQ(books.sent(), 1U);
  EXPECT_EQ(dropped(books, ErrorCode::link_full), 1U);
  expect_balance(books);
}

TEST(LinkBooks, ALostSessionIsSettledWhenThePeerSaysHowFarItCame) {
  LinkBooks books(1);
  accept(books, 10);
  books.confirm(1, {.ordinary = 2});
  books.end_session(2, 3, ErrorCode::node_unreachable);  // 7 had left.
  EXPECT_EQ(books.in_flight(), 5U);
  expect_balance(books);

  books.settle(1, {.ordinary = 6});

  EXPECT_EQ(books.delivered(), 6U);
  EXPECT_EQ(dropped(books, ErrorCode::node_unreachable), 4U);
  EXPECT_EQ(books.in_flight(), 0U);
  expect_balance(books);
}

TEST(LinkBooks, ASessionOfWhichNothingCameIsLostOnceThePeerSpeaksOfAnEarlierOne) {
  LinkBooks books(1);
  accept(books, 4);
  books.confirm(1, {.ordinary = 4});
  books.end_session(2, 0, ErrorCode::node_unreachable);
  accept(books, 3);
  books.end_session(3, 0, ErrorCode::node_unreachable);

  books.settle(1, {.ordinary = 4});

  EXPECT_EQ(books.delivered(), 4U);
  EXPECT_EQ(dropped(books, ErrorCode::node_unreachable), 3U);
  EXPECT_EQ(books.in_flight(), 0U);
  expect_balance(books);
}

TEST(LinkBooks, WhatNobodyWillSettleIsWrittenOff) {
  LinkBooks books(1);
  accept(books, 10);
  books.end_session(2, 0, ErrorCode::node_unreachable);

  books.write_off(ErrorCode::node_down);

  EXPECT_EQ(dropped(books, ErrorCode::node_down), 10U);
  expect_balance(books);
}

TEST(LinkBooks, BelieveNoMoreThanWasSent) {
  LinkBooks books(1);
  accept(books, 3);
  books.confirm(1, {.ordinary = 1'000});
  books.confirm(7, {.ordinary = 2});

  EXPECT_EQ(books.delivered(), 0U);
  expect_balance(books);
}

TEST(LinkBooks, WhatIsHandedOverIsInTheBooksOfTheOther) {
  LinkBooks books(1);
  LinkBooks other(2);
  books.refused(ErrorCode::link_full);
  accept(books, 3);

  other.accepted(books.hand_over());

  EXPECT_EQ(books.sent(), 1U);
  EXPECT_EQ(books.in_flight(), 0U);
  EXPECT_EQ(other.in_flight(), 3U);
  expect_balance(books);
  expect_balance(other);
}

}  // namespace
