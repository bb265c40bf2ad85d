// Tests of wire/writer: the bytes of the msgpack specification, and the buffer they are in.

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <troupe/wire/writer.hpp>
#include <utility>
#include <vector>

namespace troupe::wire {
namespace {

std::vector<int> written(const Writer& writer) {
  std::vector<int> bytes;
  for (const std::byte byte : writer.bytes()) bytes.push_back(std::to_integer<int>(byte));
  return bytes;
}

template <class Write>
std::vector<int> written_by(Write write) {
  Writer writer;
  write(writer);
  return written(writer);
}

TEST(Writer, WritesIntegersInTheirShortestForm) {
  using Bytes = std::vector<int>;
  const auto write_int = [](std::int64_t value) {
    return written_by([&](Writer& writer) { writer.write_int(value); });
  };
  const auto write_uint = [](std::uint64_t value) {
    return written_by([&](Writer& writer) { writer.write_uint(value); });
  };

  EXPECT_EQ(write_uint(0), (Bytes{0}));
  EXPECT_EQ(write_uint(127), (Bytes{127}));
  EXPECT_EQ(write_uint(128), (Bytes{0xcc, 128}));
  EXPECT_EQ(write_uint(255), (Bytes{0xcc, 255}));
  EXPECT_EQ(write_uint(256), (Bytes{0xcd, 1, 0}));
  EXPECT_EQ(write_uint(65536), (Bytes{0xce, 0, 1, 0, 0}));
  EXPECT_EQ(write_uint(1ull << 32), (Bytes{0xcf, 0, 0, 0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(write_int(128), (Bytes{0xcc, 128}));
  EXPECT_EQ(write_int(-1), (Bytes{0xff}));
  EXPECT_EQ(write_int(-32), (Bytes{0xe0}));
  EXPECT_EQ(write_int(-33), (Bytes{0xd0, 0xdf}));
  EXPECT_EQ(write_int(-128), (Bytes{0xd0, 0x80}));
  EXPECT_EQ(write_int(-129), (Bytes{0xd1, 0xff, 0x7f}));
  EXPECT_EQ(write_int(-32769), (Bytes{0xd2, 0xff, 0xff, 0x7f, 0xff}));
  EXPECT_EQ(write_int(INT64_MIN), (Bytes{0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Writer, AnnouncesLengthsInTheirShortestForm) {
  const auto head = [](std::size_t length) {
    auto bytes = written_by([&](Writer& writer) { writer.write_string(std::string(length, 'x')); });
    bytes.resize(bytes.size() - length);
    return bytes;
  };
  using Bytes = std::vector<int>;

  EXPECT_EQ(head(0), (Bytes{0xa0}));
  EXPECT_EQ(head(31), (Bytes{0xbf}));
  EXPECT_EQ(head(32), (Bytes{0xd9, 32}));
  EXPECT_EQ(head(255), (Bytes{0xd9, 255}));
  EXPECT_EQ(head(256), (Bytes{0xda, 1, 0}));
  EXPECT_EQ(head(65536), (Bytes{0xdb, 0, 1, 0, 0}));
  EXPECT_EQ(written_by([](Writer& w) { w.write_array_header(15); }), (Bytes{0x9f}));
  EXPECT_EQ(written_by([](Writer& w) { w.write_array_header(16); }), (Bytes{0xdc, 0, 16}));
  EXPECT_EQ(written_by([](Writer& w) { w.write_map_header(15); }), (Bytes{0x8f}));
  EXPECT_EQ(written_by([](Writer& w) { w.write_map_header(65536); }), (Bytes{0xdf, 0, 1, 0, 0}));
  EXPECT_EQ(written_by([](Writer& w) { w.write_binary({}); }), (Bytes{0xc4, 0}));
}

TEST(Writer, WritesExtensionsWithTheShortHeadsForPowersOfTwo) {
  using Bytes = std::vector<int>;
  const std::vector<std::byte> four(4, std::byte{7});
  const std::vector<std::byte> three(3, std::byte{7});

  EXPECT_EQ(written_by([&](Writer& w) { w.write_extension(5, four); }),
            (Bytes{0xd6, 5, 7, 7, 7, 7}));
  EXPECT_EQ(written_by([&](Writer& w) { w.write_extension(-1, three); }),
            (Bytes{0xc7, 3, 255, 7, 7, 7}));
  EXPECT_EQ(written_by([&](Writer& w) { w.write_extension(1, {}); }), (Bytes{0xc7, 0, 1}));
}

TEST(Writer, PatchesALengthThatIsKnownLater) {
  Writer writer;
  writer.write_nil();

  const std::size_t at = writer.append_u32(0);
  writer.write_bool(true);
  writer.patch_u32(at, 0x01020304);

  EXPECT_EQ(written(writer), (std::vector<int>{0xc0, 1, 2, 3, 4, 0xc3}));
}

TEST(Writer, TakesBackWhatItIsToldTo) {
  Writer writer;
  writer.write_uint(1);
  const std::size_t before = writer.size();
  writer.write_string("too large");

  writer.truncate(before);

  EXPECT_EQ(written(writer), (std::vector<int>{1}));
}

TEST(Writer, KeepsItsMemoryWhenCleared) {
  Writer writer;
  writer.write_string(std::string(1000, 'x'));
  const std::byte* const memory = writer.data();

  writer.clear();
  writer.write_string(std::string(1000, 'y'));

  EXPECT_EQ(writer.data(), memory);
}

TEST(Writer, KeepsItsBytesWhenItGrows) {
  Writer writer;
  for (int i = 0; i < 10'000; ++i) writer.write_uint(static_cast<unsigned>(i % 128));

  ASSERT_EQ(writer.size(), 10'000u);
  for (std::size_t i = 0; i < 10'000; ++i) {
    ASSERT_EQ(writer.bytes()[i], static_cast<std::byte>(i % 128));
  }
}

TEST(Writer, IsEmptyAfterHavingBeenMovedFrom) {
  Writer from;
  from.write_uint(5);

  Writer to(std::move(from));

  EXPECT_EQ(written(to), (std::vector<int>{5}));
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(WriterDeathTest, RefusesToPatchWhatWasNotWritten) {
  Writer writer;
  writer.write_nil();

  EXPECT_DEATH(writer.patch_u32(0, 1), "patch only what append_u32\\(\\) wrote");
  EXPECT_DEATH(writer.truncate(2), "truncate to a size\\(\\) that was reached before");
}

}  // namespace
}  // namespace troupe::wire
