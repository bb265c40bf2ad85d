// The table against the settings that it stands for.
#include <gtest/gtest.h>
#include <algorithm>
#include <set>
#include <troupe/program/setting_table.hpp>
#include <troupe/wire/reflection.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe::program;

const Setting& setting(std::string_view key) {
  const Setting* found = find_setting(key);
  EXPECT_NE(found, nullptr) << key;
  return *found;
}

/// What reading this value says; empty where it was taken.
std::string problem(std::string_view key, Form form, const std::string& text) {
  Configuration configuration;
  const auto read = setting(key).read({std::string(key), form, text, {}}, configuration);
  return read.ok() ? "" : read.error().context();
}

TEST(SettingTable, NamesEachSettingOnceInEachOfTheThreeWays) {
  std::set<std::string> names;
  for (const Setting& one : settings()) {
    EXPECT_TRUE(names.insert(std::string(one.key)).second) << one.key;
    EXPECT_TRUE(names.insert(one.flag()).second) << one.flag();
    EXPECT_TRUE(names.insert(one.variable()).second) << one.variable();
  }
  EXPECT_EQ(setting("transport.frame_bytes_max").flag(), "--transport-frame-bytes-max");
  EXPECT_EQ(setting("transport.frame_bytes_max").variable(), "TROUPE_TRANSPORT_FRAME_BYTES_MAX");
}

TEST(SettingTable, HasAPlaceOfItsOwnForEachSetting) {
  Configuration configuration;
  std::set<const void*> places;
  for (const Setting& one : settings()) {
    const void* place =
        std::visit([](auto* value) -> const void* { return value; }, one.place(configuration));
    EXPECT_TRUE(places.insert(place).second) << one.key;
    EXPECT_FALSE(one.help.empty()) << one.key;
  }
}

TEST(SettingTable, ReadsItsOwnDefaultsBack) {
  const Configuration defaults;
  for (const Setting& one : settings()) {
    Configuration configuration;
    const std::string text = one.value_in(defaults);
    const auto read = one.read({std::string(one.key), Form::bare, text, {}}, configuration);
    ASSERT_TRUE(read.ok()) << one.key << " = " << text << ": " << read.error().context();
    EXPECT_EQ(one.value_in(configuration), text) << one.key;
  }
}

/// How many settings of a table there are, without those of the tables in it.
std::size_t count_of(const std::string& table) {
  return static_cast<std::size_t>(std::ranges::count_if(settings(), [&](const Setting& one) {
    return one.key.starts_with(table + ".") && one.key.rfind('.') == table.size();
  }));
}

TEST(SettingTable, LeavesNoSettingOut) {
  using troupe::wire::field_count;
  EXPECT_EQ(count_of("transport"), field_count<troupe::TransportSettings> - 1) << "silence";
  EXPECT_EQ(count_of("transport.silence"), field_count<troupe::transport::FailureDetectorSettings>);
  EXPECT_EQ(count_of("system"), field_count<troupe::SystemSettings> - 3)
      << "guardian_strategy, mailboxes, journals";
  EXPECT_EQ(count_of("security"), field_count<troupe::SecuritySettings>);
}

TEST(SettingTable, ReadsEachKindOfValue) {
  Configuration configuration;
  const auto read = [&](std::string_view key, const std::string& text) {
    EXPECT_TRUE(setting(key).read({std::string(key), Form::bare, text, {}}, configuration).ok());
  };
  read("name", "bank");
  read("system.workers", "4");
  read("system.shutdown_timeout", "30s");
  read("transport.frame_bytes_max", "1MiB");
  read("transport.outbox_messages_max", "500");
  read("transport.down_is_final", "true");
  read("transport.silence.threshold", "9.5");
  read("transport.down_after", "infinite");

  EXPECT_EQ(configuration.node.name, "bank");
  EXPECT_EQ(configuration.node.system.workers, 4U);
  EXPECT_EQ(configuration.node.system.shutdown_timeout, 30s);
  EXPECT_EQ(configuration.node.transport.frame_bytes_max, 1'048'576U);
  EXPECT_EQ(configuration.node.transport.outbox_messages_max, 500U);
  EXPECT_TRUE(configuration.node.transport.down_is_final);
  EXPECT_EQ(configuration.node.transport.silence.threshold, 9.5);
  EXPECT_EQ(configuration.node.transport.down_after, troupe::Duration::max());
}

TEST(SettingTable, SaysWhatAValueOfAnotherTypeIsAndHasToBe) {
  EXPECT_EQ(problem("name", Form::integer, "5"), "name is a whole number; it has to be text");
  EXPECT_EQ(problem("system.workers", Form::text, "5"),
            "system.workers is text; it has to be a whole number");
  EXPECT_EQ(problem("system.shutdown_timeout", Form::integer, "10"),
            "system.shutdown_timeout is a whole number; it has to be a duration such as "
            "\"1500ms\" or \"10s\"");
  EXPECT_EQ(problem("transport.frame_bytes_max", Form::truth, "true"),
            "transport.frame_bytes_max is true or false; it has to be a size such as \"64MiB\" or "
            "4096");
  EXPECT_EQ(problem("transport.down_is_final", Form::list, "a list"),
            "transport.down_is_final is a list; it has to be true or false");
  EXPECT_EQ(problem("name", Form::other, "a date or time"),
            "name is a date or time; it has to be text");
  EXPECT_EQ(problem("transport.silence.threshold", Form::integer, "9"), "");
  EXPECT_EQ(problem("transport.frame_bytes_max", Form::integer, "4096"), "");
}

TEST(SettingTable, RefusesANumberThatDoesNotFit) {
  EXPECT_EQ(problem("system.workers", Form::bare, "4294967296"),
            "system.workers: 4294967296 is more than a number of 32 bits holds");
  EXPECT_NE(problem("transport.peers_max", Form::integer, "-1"), "");
}

}  // namespace
