#include <gtest/gtest.h>
#include <troupe/base/printable.hpp>
#include <troupe/base/random.hpp>

namespace {

using troupe::printable;

TEST(Printable, TextStaysAsItIs) {
  for (const std::string text :
       {"", "hello", "two words", "Grüße", "日本語", "\xf0\x9f\x98\x80", "a\\x0ab"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ControlCharactersAreEscaped) {
  EXPECT_EQ(printable("a\n12:00:00 info [node] forged"), "a\\x0a12:00:00 info [node] forged");
  EXPECT_EQ(printable("\r\t\x1b[2J\x7f"), "\\x0d\\x09\\x1b[2J\\x7f");
  EXPECT_EQ(printable(std::string("\0x", 2)), "\\x00x");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");  // U+009B begins a sequence, as ESC [ does.
  EXPECT_EQ(printable("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");  // U+2028 ends a line.
}

TEST(Printable, BytesThatAreNoUtf8AreEscaped) {
  EXPECT_EQ(printable("a\xff"), "a\\xff");
  EXPECT_EQ(printable("\x80"), "\\x80");
  EXPECT_EQ(printable("\xc0\x8a"), "\\xc0\\x8a");                    // A line's end, overlong.
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // A surrogate.
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // Past the last code point.
  EXPECT_EQ(printable("\xe6\x97"), "\\xe6\\x97");                    // Cut in the middle.
  EXPECT_EQ(printable("\xe6\x97x"), "\\xe6\\x97x");
}

TEST(Printable, WhatIsTooLongIsCutBetweenCharacters) {
  EXPECT_EQ(printable("0123456789", 10), "0123456789");
  EXPECT_EQ(printable("0123456789a", 10), "0123456...");
  EXPECT_EQ(printable("012345\n\n\n", 10), "012345...");
  EXPECT_EQ(printable("012345\xe6\x97\xa5\xe6\x97\xa5", 10), "012345...");
  EXPECT_EQ(printable(std::string(1'000, 'x')).size(), troupe::foreign_text_max);
}

TEST(Printable, AnyBytesBecomeTextThatIsNotChangedAgain) {
  troupe::Random random(20'26);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random.below(40), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.below(256));
    const std::size_t bytes_max = 3 + random.below(60);
    const std::string shown = printable(bytes, bytes_max);
    ASSERT_LE(shown.size(), bytes_max);
    ASSERT_EQ(printable(shown, bytes_max), shown);
    for (const char one : shown) ASSERT_FALSE(one >= 0 && one < 0x20);
  }
}

}  // namespace
