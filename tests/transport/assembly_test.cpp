#include <gtest/gtest.h>
#include <numeric>
#include <troupe/base/random.hpp>
#include <troupe/transport/incoming/assembly.hpp>
#include <vector>

namespace {

using namespace troupe::transport;
using troupe::ErrorCode;

constexpr std::size_t limit = 1'000;

std::vector<std::byte> bytes_of(std::size_t size, std::uint8_t first) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(first + i);
  return bytes;
}

const std::vector<std::byte> head = bytes_of(frame_head_bytes, 100);

/// What became of a piece: "" nothing, "whole", or the code of an error.
std::string take(Assembly& assembly, const Piece& piece) {
  const auto whole = assembly.take(head, piece, limit);
  if (!whole.ok()) return std::string(to_string(whole.error().code()));
  return whole->has_value() ? "whole" : "";
}

/// The bytes from `offset` on of frame number `frame`, which has 10.
Piece piece(std::uint64_t frame, std::uint64_t offset, std::span<const std::byte> bytes) {
  return {frame, 10, offset, bytes};
}

const std::vector<std::byte> three = bytes_of(3, 1);
const std::vector<std::byte> four = bytes_of(4, 4);
const std::vector<std::byte> ten = bytes_of(10, 1);

TEST(Assembly, OfPiecesInOrderIsTheWholeFrame) {
  Assembly assembly;
  EXPECT_EQ(take(assembly, piece(1, 0, three)), "");
  EXPECT_EQ(assembly.bytes(), head.size() + 10);
  EXPECT_EQ(take(assembly, piece(1, 3, four)), "");
  const auto whole = assembly.take(head, piece(1, 7, three), limit);

  ASSERT_TRUE(whole.ok() && whole->has_value());
  std::vector<std::byte> expected = head;
  for (const auto& part : {three, four, three}) {
    expected.insert(expected.end(), part.begin(), part.end());
  }
  EXPECT_TRUE(std::ranges::equal((*whole)->bytes, expected));
  EXPECT_EQ(assembly.bytes(), 0U);
}

TEST(Assembly, PassesOverRepetitionsWheneverTheyCome) {
  Assembly assembly;
  EXPECT_EQ(take(assembly, piece(1, 0, three)), "");
  EXPECT_EQ(take(assembly, piece(1, 0, three)), "");
  EXPECT_EQ(take(assembly, piece(1, 3, four)), "");
  EXPECT_EQ(take(assembly, piece(1, 0, three)), "");
  EXPECT_EQ(take(assembly, piece(1, 7, three)), "whole");
  EXPECT_EQ(take(assembly, piece(1, 7, three)), "");
  EXPECT_EQ(take(assembly, piece(1, 0, three)), "");
  EXPECT_EQ(take(assembly, piece(2, 0, three)), "");
  EXPECT_EQ(take(assembly, piece(1, 3, four)), "");
  EXPECT_EQ(take(assembly, piece(2, 3, four)), "");
  EXPECT_EQ(take(assembly, piece(2, 7, three)), "whole");
}

TEST(Assembly, AFrameThatHasAGapIsRefusedOnceAndTheNextOneTaken) {
  Assembly assembly;
  EXPECT_EQ(take(assembly, piece(1, 0, three)), "");
  EXPECT_EQ(take(assembly, piece(1, 7, three)), "malformed");
  EXPECT_EQ(take(assembly, piece(1, 3, four)), "");
  EXPECT_EQ(assembly.bytes(), 0U);
  EXPECT_EQ(take(assembly, piece(2, 3, four)), "malformed");
  EXPECT_EQ(take(assembly, piece(2, 7, three)), "");
  EXPECT_EQ(take(assembly, piece(3, 0, ten)), "whole");
}

TEST(Assembly, AFrameIsGivenUpWhenALaterOneBegins) {
  Assembly assembly;
  EXPECT_EQ(take(assembly, piece(1, 0, three)), "");
  EXPECT_EQ(take(assembly, piece(2, 0, four)), "");
  EXPECT_EQ(take(assembly, piece(1, 3, four)), "");
  EXPECT_EQ(take(assembly, piece(2, 4, bytes_of(6, 0))), "whole");
}

TEST(Assembly, AFrameThatIsTooLongIsRefusedOnceWithoutMemoryForIt) {
  Assembly assembly;
  for (const std::uint64_t total : {limit - head.size() + 1, SIZE_MAX}) {
    const std::uint64_t frame = total;
    EXPECT_EQ(take(assembly, {frame, total, 0, three}), "frame_too_large");
    EXPECT_EQ(take(assembly, {frame, total, 3, four}), "");
    EXPECT_EQ(assembly.bytes(), 0U);
  }
}

TEST(Assembly, PiecesThatDisagreeOnTheLengthAreRefused) {
  Assembly assembly;
  EXPECT_EQ(take(assembly, piece(1, 0, three)), "");
  EXPECT_EQ(take(assembly, {1, 20, 3, four}), "malformed");
}

TEST(Assembly, AnyPiecesEndInWholeFramesOrRefusals) {
  troupe::Random random(20'26);
  const auto source = bytes_of(200, 0);
  for (int round = 0; round < 2'000; ++round) {
    Assembly assembly;
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t total = random.below(100);
      const std::uint64_t offset = random.below(total + 1);
      const std::size_t size = std::min(random.below(60), total - offset);
      static_cast<void>(
          take(assembly, {1 + random.below(3), total, offset, std::span(source).first(size)}));
      ASSERT_LE(assembly.bytes(), limit);
    }
  }
}

}  // namespace
