#include <gtest/gtest.h>
#include <algorithm>
#include <troupe/program/config_file.hpp>

namespace {

using namespace troupe::program;

GivenValue value_of(const std::vector<GivenValue>& values, std::string_view key) {
  const auto found = std::ranges::find(values, key, &GivenValue::key);
  return found != values.end() ? *found : GivenValue{};
}

TEST(ConfigFile, GivesEachValueWithItsFormAndItsPlace) {
  const auto values = parse_config(
      "name = \"bank\"\n"
      "[transport]\n"
      "  frame_bytes_max = 4096\n"
      "down_is_final = true\n"
      "silence.threshold = 9.5\n"
      "silence.odd = [1, 2]\n"
      "silence.list = [\"a\", \"b\"]\n"
      "silence.day = 2026-01-01\n",
      "node.toml");
  ASSERT_TRUE(values.ok()) << values.error().context();
  EXPECT_EQ(values->size(), 7U);
  EXPECT_EQ(value_of(*values, "name").text, "bank");
  EXPECT_EQ(value_of(*values, "name").form, Form::text);
  EXPECT_EQ(value_of(*values, "name").origin.place, "node.toml:1:1");
  EXPECT_EQ(value_of(*values, "transport.frame_bytes_max").text, "4096");
  EXPECT_EQ(value_of(*values, "transport.frame_bytes_max").form, Form::integer);
  EXPECT_EQ(value_of(*values, "transport.frame_bytes_max").origin.place, "node.toml:3:3");
  EXPECT_EQ(value_of(*values, "transport.down_is_final").form, Form::truth);
  EXPECT_EQ(value_of(*values, "transport.silence.threshold").text, "9.5");
  EXPECT_EQ(value_of(*values, "transport.silence.threshold").form, Form::real);
  EXPECT_EQ(value_of(*values, "transport.silence.odd").form, Form::other);
  EXPECT_EQ(value_of(*values, "transport.silence.list").form, Form::list);
  EXPECT_EQ(value_of(*values, "transport.silence.list").text, "a,b");
  EXPECT_EQ(value_of(*values, "transport.silence.day").form, Form::other);
}

TEST(ConfigFile, SaysWhereItIsNoToml) {
  for (const char* text : {"name = \n", "name = \"bank\nlisten", "= 5", "[transport",
                           "a = 1\na = 2", "name = \"\\q\"", "\x01\x02"}) {
    const auto values = parse_config(text, "node.toml");
    ASSERT_FALSE(values.ok()) << text;
    EXPECT_EQ(values.error().code(), troupe::ErrorCode::invalid_setting);
    EXPECT_TRUE(values.error().context().starts_with("node.toml:")) << values.error().context();
    EXPECT_NE(values.error().context().find("no TOML"), std::string::npos);
  }
  EXPECT_TRUE(parse_config("name = 1\nlisten = oops", "x").error().context().starts_with("x:2:"));
}

TEST(ConfigFile, MayBeEmptyAndMustBeThere) {
  EXPECT_TRUE(parse_config("", "node.toml").value().empty());
  const auto missing = read_config_file("/nowhere/node.toml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().context(), "/nowhere/node.toml: no file that can be read");
  EXPECT_FALSE(read_config_file("/").ok());
}

TEST(ConfigFile, IsReadAsFarAsTheLimitAllows) {
  const auto endless = read_config_file("/dev/zero");
  ASSERT_FALSE(endless.ok());
  EXPECT_NE(endless.error().context().find("1 MiB"), std::string::npos);
}

TEST(ConfigFile, AKeyWithTooManyPartsIsRefusedWithItsPlace) {
  const auto parts = [](std::size_t count, const std::string& part) {
    std::string text = part;
    for (std::size_t i = 1; i < count; ++i) text += "." + part;
    return text;
  };
  for (const std::string& deep :
       {parts(400'000, "a") + " = 1", "[" + parts(400'000, "a") + "]",
        "x = {" + parts(400'000, "a") + " = 1}", parts(100'000, " \"a.#\" ") + " = 1",
        parts(100'000, "'a'") + " = 1", "a = \"\"\"x\"\"\"\"\"\n" + parts(100'000, "a") + " = 1"}) {
    const auto values = parse_config("name = \"bank\"\n" + deep, "node.toml");
    ASSERT_FALSE(values.ok());
    EXPECT_TRUE(values.error().context().starts_with("node.toml:")) << values.error().context();
    EXPECT_NE(values.error().context().find("a key has more than 16 parts"), std::string::npos)
        << values.error().context();
  }
  EXPECT_TRUE(parse_config("\n " + parts(17, "a") + " = 1", "x")
                  .error()
                  .context()
                  .starts_with("x:2:33: a key has"));
  EXPECT_TRUE(parse_config(parts(16, "a") + " = 1", "x").ok());
}

TEST(ConfigFile, DotsInTextAndInCommentsAreOfNoKey) {
  const std::string dots(1'000, '.');
  for (const std::string& text :
       {"# a" + dots, "a = \"" + dots + "\"", "a = '" + dots + "'", "a = \"\\\"" + dots + "\"",
        "a = \"\"\"\n" + dots + "\"\"\"", "a = '''\n" + dots + "'''\nb = 1.5"}) {
    EXPECT_TRUE(parse_config(text, "x").ok()) << text;
  }
}

TEST(ConfigFile, AKeyWithADotInQuotesIsRefused) {
  const auto values = parse_config(
      "[transport]\ndown_after = \"30s\"\n[other]\n\"transport.down_after\" = \"20s\"", "x");
  ASSERT_FALSE(values.ok());
  EXPECT_EQ(values.error().context(),
            "x:4:1: the key \"transport.down_after\" has a dot within quotes; write it without, or "
            "below a table");
}

TEST(ConfigFile, AListHasNoEmptyItem) {
  for (const char* text : {"a = [\"\"]", "a = [\"x\", \"\"]", "a = [\" \", \"x\"]"}) {
    const auto values = parse_config(text, "x");
    ASSERT_TRUE(values.ok());
    EXPECT_EQ(value_of(*values, "a").form, Form::other) << text;
  }
}

}  // namespace
