#include <gtest/gtest.h>
#include <troupe/base/random.hpp>
#include <troupe/transport/outgoing/system_stream.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe::transport;
using troupe::TimePoint;

constexpr TimePoint t0(1h);

std::vector<std::byte> bytes(int value) { return {static_cast<std::byte>(value)}; }

TEST(SystemStream, SendsInOrderUpToItsWindow) {
  SystemStream stream(2);
  for (int i = 1; i <= 3; ++i) stream.push(bytes(i), t0);

  EXPECT_EQ(stream.next()->number, 1U);
  EXPECT_EQ(stream.next()->number, 2U);
  EXPECT_EQ(stream.next(), nullptr);

  EXPECT_TRUE(stream.acknowledge(1));
  EXPECT_EQ(stream.next()->number, 3U);
}

TEST(SystemStream, SendsAgainWhatIsNotAcknowledged) {
  SystemStream stream(10);
  for (int i = 1; i <= 3; ++i) stream.push(bytes(i), t0);
  while (stream.next() != nullptr) {
  }
  EXPECT_TRUE(stream.acknowledge(1));

  stream.rewind();

  EXPECT_EQ(stream.next()->number, 2U);
  EXPECT_EQ(stream.next()->number, 3U);
  EXPECT_EQ(stream.next(), nullptr);
}

TEST(SystemStream, WithdrawsWhatMayBeAndWasNeverSent) {
  SystemStream stream(10);
  for (int i = 1; i <= 4; ++i) stream.push(bytes(i), t0, 0, i % 2 == 0);
  for (int i = 1; i <= 2; ++i) ASSERT_NE(stream.next(), nullptr);
  stream.rewind();

  const auto withdrawn = stream.withdraw();

  ASSERT_EQ(withdrawn.size(), 1U);
  EXPECT_EQ(withdrawn.front().bytes, bytes(4));
  EXPECT_EQ(stream.size(), 3U);
  EXPECT_EQ(stream.bytes(), 3U);
}

TEST(SystemStream, HasWhatIsTooLongCutOrTakesItOut) {
  SystemStream stream(10);
  const auto of_size = [](std::size_t size) { return std::vector<std::byte>(size); };
  for (const std::size_t size : {50U, 10U, 30U, 20U}) stream.push(of_size(size), t0);
  ASSERT_NE(stream.next(), nullptr);  // What was sent stays as it is.

  const auto out = stream.cut_longer_than(15, [&](std::vector<std::byte>& long_one) {
    if (long_one.size() == 30) long_one = of_size(5);
  });

  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out[0].bytes.size(), 20U);
  EXPECT_EQ(stream.bytes(), 65U);
  EXPECT_EQ(stream.next()->bytes.size(), 10U);
  EXPECT_EQ(stream.next()->bytes.size(), 5U);
  EXPECT_EQ(stream.next(), nullptr);
}

TEST(SystemStream, SaysSinceWhenTheOldestWaits) {
  SystemStream stream(2);
  EXPECT_EQ(stream.oldest(), TimePoint::max());
  stream.push(bytes(1), t0);
  stream.push(bytes(2), t0 + 5s);
  EXPECT_EQ(stream.oldest(), t0);

  EXPECT_NE(stream.next(), nullptr);
  EXPECT_TRUE(stream.acknowledge(1));
  EXPECT_EQ(stream.oldest(), t0 + 5s);
}

TEST(SystemStream, BelievesNoAcknowledgementOfWhatWasNeverSent) {
  SystemStream stream(2);
  stream.push(bytes(1), t0);

  EXPECT_FALSE(stream.acknowledge(2));
  EXPECT_EQ(stream.size(), 1U);
}

TEST(SystemStream, BeginsAnewInAnotherEpochOfTheSameLife) {
  SystemStream stream(10);
  static_cast<void>(stream.meet({7, 1}, t0));
  stream.push(bytes(1), t0);
  ASSERT_NE(stream.next(), nullptr);
  stream.push(bytes(2), t0);
  stream.push(bytes(3), t0, {7, 1});
  stream.push(bytes(4), t0, {7, 2});

  EXPECT_EQ(stream.meet({7, 2}, t0).size(), 2U) << "what was said in the former, or is for it";

  EXPECT_FALSE(stream.acknowledge(1));
  const SystemMessage* const next = stream.next();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(next->bytes, bytes(2));
  EXPECT_EQ(next->number, 1U);
  EXPECT_EQ(stream.size(), 2U);
}

TEST(SystemInbox, TakesEachNumberOnceAndInOrder) {
  SystemInbox inbox;

  EXPECT_FALSE(inbox.accept(2));
  EXPECT_TRUE(inbox.accept(1));
  EXPECT_FALSE(inbox.accept(1));
  EXPECT_TRUE(inbox.accept(2));
  EXPECT_EQ(inbox.received(), 2U);
}

TEST(SystemStream, DeliversEachMessageOnceInOrderOverAnyLoss) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    troupe::Random random(seed);
    SystemStream stream(5);
    SystemInbox inbox;
    std::vector<int> taken;
    for (int i = 0; i < 50; ++i) stream.push(bytes(i), t0);
    for (int round = 0; round < 10'000 && !stream.empty(); ++round) {
      const SystemMessage* message = stream.next();
      if (message == nullptr || random.below(10) == 0) {
        stream.rewind();
      } else if (random.below(3) != 0) {  // The others are lost.
        const std::uint64_t copies = 1 + random.below(2);
        for (std::uint64_t copy = 0; copy < copies; ++copy) {
          if (inbox.accept(message->number))
            taken.push_back(std::to_integer<int>(message->bytes[0]));
        }
      }
      if (random.below(3) == 0) {
        ASSERT_TRUE(stream.acknowledge(inbox.received())) << "seed " << seed;
      }
    }
    ASSERT_EQ(taken.size(), 50U) << "seed " << seed;
    for (int i = 0; i < 50; ++i)
      ASSERT_EQ(taken[static_cast<std::size_t>(i)], i) << "seed " << seed;
  }
}

}  // namespace
