// What an operator reads of stored bytes, sizes and times.
#include <gtest/gtest.h>
#include <troupe/persistence/mailbox/message_record.hpp>
#include <troupe/program/storage/queue_commands.hpp>
#include <troupe/program/storage/stored_text.hpp>

namespace {

using namespace troupe::program;

StoredBytes bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}

TEST(StoredText, SizesHaveTheUnitInWhichTheyAreShort) {
  EXPECT_EQ(short_size(0), "0 B");
  EXPECT_EQ(short_size(1'023), "1023 B");
  EXPECT_EQ(short_size(1'024), "1 KiB");
  EXPECT_EQ(short_size(1'536), "1.5 KiB");
  EXPECT_EQ(short_size(20'971'520), "20 MiB");
  EXPECT_EQ(short_size(UINT64_MAX), "15 EiB");
}

TEST(StoredText, TimesAreThoseOfGreenwich) {
  EXPECT_EQ(short_time(0), "-");
  EXPECT_EQ(short_time(1'000'000'000'999), "2001-09-09 01:46:40Z");
  EXPECT_EQ(short_time(UINT64_MAX), "9999-12-31 23:59:59Z");
}

TEST(StoredText, ColumnsAreAsWideAsTheirWidestCellAndNumbersStandToTheRight) {
  EXPECT_EQ(columns({{"QUEUE", "WAITING", "STATE"}, {"a", "7", "goes on"}, {"orders", "12", "x"}}),
            "QUEUE   WAITING  STATE\n"
            "a             7  goes on\n"
            "orders       12  x");
}

TEST(StoredText, MsgpackIsShownAsJsonAndAnythingElseAsItsBytes) {
  EXPECT_EQ(json_of_msgpack(bytes("\x92\x07\xa1x")), "[7,\"x\"]");
  EXPECT_EQ(json_of_msgpack(bytes("\x92\x07")), "0x9207");
  EXPECT_EQ(json_of_msgpack(bytes("\x07\x07")), "0x0707") << "more than one value";
  EXPECT_EQ(json_of_msgpack({}), "0x");
  EXPECT_TRUE(json_of_msgpack(bytes(std::string(100'000, '\x91'))).starts_with("0x9191"));
}

TEST(StoredText, AMessageOfADurableMailboxIsShownWithItsTypeAndSender) {
  const std::string record = troupe::persistence::to_bytes(
      {.type_name = "shop.Order", .sender = "/user/till", .payload = "\x91\x07"});
  const ShownMessage message = shown(bytes(record));
  EXPECT_EQ(message.type, "shop.Order");
  EXPECT_EQ(message.sender, "/user/till");
  EXPECT_EQ(message.message, "[7]");
  EXPECT_EQ(shown(bytes("\xff")).message, "0xff");
  EXPECT_EQ(shown(bytes("\xff")).type, "");
}

TEST(StoredText, IdsOfDeadLettersAreNumbersOrRanges) {
  const auto ranges = id_ranges({.name = "orders", .ids = {"3", "5-7"}});
  ASSERT_TRUE(ranges.value);
  using Range = std::pair<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(*ranges.value, (std::vector<Range>{{3, 3}, {5, 7}}));
  EXPECT_EQ(id_ranges({.name = "orders", .all = true}).value->size(), 1U);
  for (const char* wrong : {"", "x", "7-5", "-3", "3-", "99999999999999999999"}) {
    EXPECT_FALSE(id_ranges({.name = "orders", .ids = {wrong}}).value) << wrong;
  }
  EXPECT_FALSE(id_ranges({.name = "orders"}).value) << "neither ids nor all";
  EXPECT_FALSE(id_ranges({.name = "orders", .ids = {"3"}, .all = true}).value) << "both";
}

}  // namespace
