// Tests of wire/reader: one value at a time, and the words for what is wrong with one.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <troupe/wire/reader.hpp>
#include <troupe/wire/writer.hpp>
#include <vector>

namespace troupe::wire {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

std::string failure(const Reader& reader) { return reader.ok() ? "" : reader.error().to_string(); }

TEST(Reader, ReadsIntegersInEveryForm) {
  Writer writer;
  const std::vector<std::int64_t> values = {
      0,  1,   127, 128,  255,  256,    65535,  65536,     4294967295, 4294967296,
      -1, -32, -33, -128, -129, -32768, -32769, INT32_MIN, INT64_MIN,  INT64_MAX};
  for (const auto value : values) writer.write_int(value);

  Reader reader(writer.bytes());
  for (const auto value : values) EXPECT_EQ(reader.read_int(), value);
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(failure(reader), "");
}

TEST(Reader, TakesAPositiveNumberInASignedForm) {
  const auto bytes = bytes_of({0xd3, 0, 0, 0, 0, 0, 0, 0, 5});
  EXPECT_EQ(Reader(bytes).read_uint(), 5u);
}

TEST(Reader, RefusesIntegersOutOfRange) {
  const auto minus_five = bytes_of({0xfb});
  const auto three_hundred = bytes_of({0xcd, 1, 44});
  const auto greatest = bytes_of({0xcf, 255, 255, 255, 255, 255, 255, 255, 255});

  Reader negative(minus_five);
  EXPECT_EQ(negative.read_uint(), 0u);
  EXPECT_EQ(failure(negative),
            "malformed: the integer -5 is outside 0..18446744073709551615 (at byte 0 of 1)");
  Reader large(three_hundred);
  EXPECT_EQ(large.read_uint(255), 0u);
  EXPECT_EQ(failure(large), "malformed: the integer 300 is outside 0..255 (at byte 0 of 3)");
  Reader small(three_hundred);
  EXPECT_EQ(small.read_int(-128, 127), 0);
  EXPECT_EQ(failure(small), "malformed: the integer 300 is outside -128..127 (at byte 0 of 3)");
  Reader unsigned_only(greatest);
  EXPECT_EQ(unsigned_only.read_int(), 0);
  EXPECT_FALSE(unsigned_only.ok());
}

TEST(Reader, ReadsWholeNumbersAsDoubles) {
  const auto bytes = bytes_of({0xca, 0x3f, 0xc0, 0, 0, 7, 0xff, 0xcf, 0, 0, 0, 1, 0, 0, 0, 0});
  Reader reader(bytes);
  EXPECT_EQ(reader.read_double(), 1.5);
  EXPECT_EQ(reader.read_double(), 7.0);
  EXPECT_EQ(reader.read_double(), -1.0);
  EXPECT_EQ(reader.read_double(), 4294967296.0);
  EXPECT_EQ(failure(reader), "");
}

TEST(Reader, ReadsAFloatOnlyWhenItHoldsTheNumberExactly) {
  Writer writer;
  writer.write_double(0.5);
  writer.write_double(std::numeric_limits<double>::infinity());
  writer.write_double(std::numeric_limits<double>::quiet_NaN());
  Reader exact(writer.bytes());
  EXPECT_EQ(exact.read_float(), 0.5f);
  EXPECT_TRUE(std::isinf(exact.read_float()));
  EXPECT_TRUE(std::isnan(exact.read_float()));

  for (const double inexact : {0.1, 1e300, -1e300}) {
    writer.clear();
    writer.write_double(inexact);
    Reader reader(writer.bytes());
    EXPECT_EQ(reader.read_float(), 0.0f);
    EXPECT_EQ(failure(reader),
              "malformed: a float cannot hold the number exactly (at byte 0 of 9)");
  }
}

TEST(Reader, ReadsTextAndBytesAsViewsIntoTheInput) {
  Writer writer;
  writer.write_string("short");
  writer.write_string(std::string(300, 'x'));
  writer.write_binary(bytes_of({1, 2}));
  writer.write_extension(-3, bytes_of({9}));

  Reader reader(writer.bytes());
  const auto text = reader.read_string();
  EXPECT_EQ(text, "short");
  EXPECT_EQ(static_cast<const void*>(text.data()), writer.data() + 1);
  EXPECT_EQ(reader.read_string(), std::string(300, 'x'));
  EXPECT_EQ(reader.read_binary().size(), 2u);
  const auto extension = reader.read_extension();
  EXPECT_EQ(extension.type, -3);
  EXPECT_EQ(extension.data.size(), 1u);
  EXPECT_TRUE(reader.ok() && reader.at_end());
}

TEST(Reader, TellsTheKindOfTheNextValueAndLeavesIt) {
  const auto bytes = bytes_of({0xc0, 0xc3, 0xca, 0, 0, 0, 0, 0x90, 0x80, 0xa0, 0xe0, 0xc1});
  Reader reader(bytes);
  EXPECT_EQ(reader.peek(), Kind::nil);
  EXPECT_TRUE(reader.try_read_nil());
  EXPECT_FALSE(reader.try_read_nil());
  EXPECT_EQ(reader.peek(), Kind::boolean);
  EXPECT_TRUE(reader.read_bool());
  EXPECT_EQ(reader.peek(), Kind::floating);
  EXPECT_EQ(reader.read_float(), 0.0f);
  EXPECT_EQ(reader.peek(), Kind::array);
  EXPECT_EQ(reader.read_array_header(), 0u);
  EXPECT_EQ(reader.peek(), Kind::map);
  EXPECT_EQ(reader.read_map_header(), 0u);
  EXPECT_EQ(reader.peek(), Kind::string);
  EXPECT_EQ(reader.read_string(), "");
  EXPECT_EQ(reader.peek(), Kind::integer);
  EXPECT_EQ(reader.read_int(), -32);
  EXPECT_EQ(reader.peek(), Kind::invalid);
}

TEST(Reader, SaysWhatItExpectedAndFound) {
  const auto bytes = bytes_of({0x01, 0xa1, 'x'});
  Reader reader(bytes);
  EXPECT_EQ(reader.read_uint(), 1u);
  EXPECT_EQ(reader.read_array_header(), 0u);
  EXPECT_EQ(failure(reader), "malformed: expected an array, found a string (at byte 1 of 3)");
}

TEST(Reader, KeepsTheFirstErrorAndReadsNothingAfterIt) {
  const auto bytes = bytes_of({0x05, 0x06});
  Reader reader(bytes);

  reader.fail("no such account");
  reader.fail("something else");

  EXPECT_EQ(failure(reader), "malformed: no such account (at byte 0 of 2)");
  EXPECT_EQ(reader.read_uint(), 0u);
  EXPECT_EQ(reader.read_int(), 0);
  EXPECT_EQ(reader.read_double(), 0.0);
  EXPECT_FALSE(reader.read_bool());
  EXPECT_EQ(reader.read_string(), "");
  EXPECT_TRUE(reader.read_binary().empty());
  EXPECT_EQ(reader.read_map_header(), 0u);
  EXPECT_TRUE(reader.skip().empty());
  EXPECT_EQ(reader.peek(), Kind::none);
  EXPECT_EQ(failure(reader), "malformed: no such account (at byte 0 of 2)");
}

TEST(Reader, RefusesALengthThatTheInputCannotHold) {
  for (const auto& bytes :
       {bytes_of({0xdd, 0xff, 0xff, 0xff, 0xff, 1}), bytes_of({0xdf, 0, 0, 0, 1, 1}),
        bytes_of({0xdb, 0xff, 0xff, 0xff, 0xff, 'x'}), bytes_of({0xc6, 0, 0, 0, 2, 1}),
        bytes_of({0xc9, 0xff, 0xff, 0xff, 0xff, 1}), bytes_of({0x92, 1}), bytes_of({0xa2, 'x'}),
        bytes_of({0xd8, 1, 2}), bytes_of({0xdc, 1})}) {
    Reader skipping(bytes);
    EXPECT_TRUE(skipping.skip().empty());
    EXPECT_FALSE(skipping.ok());
    Reader reading(bytes);
    EXPECT_EQ(reading.read_array_header() + reading.read_map_header(), 0u);
    EXPECT_FALSE(reading.ok());
  }
}

TEST(Reader, SkipsOneValueWithAllThatItContains) {
  Writer writer;
  writer.write_array_header(3);
  writer.write_map_header(1);
  writer.write_string("key");
  writer.write_array_header(0);
  writer.write_extension(1, bytes_of({1, 2, 3, 4, 5}));
  writer.write_double(1.0);
  const std::size_t size = writer.size();
  writer.write_uint(9);

  Reader reader(writer.bytes());
  EXPECT_EQ(reader.skip().size(), size);
  EXPECT_EQ(reader.read_uint(), 9u);
  EXPECT_EQ(failure(reader), "");
}

TEST(Reader, SkipsNoDeeperThanTheLimit) {
  const std::vector<std::byte> deepest = [] {
    std::vector<std::byte> bytes(nesting_depth_max - 1, std::byte{0x91});
    bytes.push_back(std::byte{0x90});
    return bytes;
  }();
  std::vector<std::byte> deeper(nesting_depth_max, std::byte{0x91});
  deeper.push_back(std::byte{0x90});

  Reader allowed(deepest);
  EXPECT_EQ(allowed.skip().size(), nesting_depth_max);
  Reader refused(deeper);
  EXPECT_TRUE(refused.skip().empty());
  EXPECT_EQ(failure(refused),
            "malformed: arrays and maps are nested deeper than 64 (at byte 64 of 65)");
}

TEST(Reader, CountsTheLevelsAroundASkippedValue) {
  std::vector<std::byte> bytes(nesting_depth_max - 1, std::byte{0x91});
  bytes.push_back(std::byte{0x90});
  Reader reader(bytes);

  const Reader::Nested around(reader);

  EXPECT_TRUE(reader.skip().empty());
  EXPECT_FALSE(reader.ok());
}

TEST(Reader, GrantsMemoryInProportionToTheInput) {
  const std::vector<std::byte> bytes(1000);
  Reader reader(bytes);

  EXPECT_TRUE(reader.claim_memory(1000, memory_per_input_byte_max));
  EXPECT_TRUE(reader.claim_memory(1, memory_base_bytes));
  EXPECT_FALSE(reader.claim_memory(1, 1));
  EXPECT_EQ(failure(reader),
            "malformed: more memory needed than a message of this size may claim "
            "(at byte 0 of 1000)");
}

}  // namespace
}  // namespace troupe::wire
