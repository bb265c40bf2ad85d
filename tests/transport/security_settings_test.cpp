#include <gtest/gtest.h>
#include <troupe/transport/log/refusal_log.hpp>
#include <troupe/transport/security/key_ring.hpp>
#include <troupe/transport/security_settings.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;
using troupe::SecuritySettings;
using troupe::TimePoint;
using troupe::transport::KeyRing;
using troupe::transport::RefusalLog;

std::string key(char fill) { return std::string(troupe::key_characters, fill); }

TEST(SecuritySettings, AreOffWithoutKeys) {
  EXPECT_FALSE(SecuritySettings{}.is_on());
  EXPECT_TRUE(SecuritySettings{}.validate().ok());
}

TEST(SecuritySettings, NameTheOffendingEntry) {
  const struct {
    SecuritySettings settings;
    std::string_view reason;
  } cases[] = {
      {{.keys = {key('a'), ""}}, "keys.secret_key"},
      {{.keys = {"", key('a')}}, "keys.public_key"},
      {{.keys = {key('~'), key('a')}}, "keys.public_key"},
      {{.trusted = {{"bank", key('a')}}}, "keys is empty"},
      {{.keys = {key('a'), key('b')}, .trusted = {{"x", key('c')}, {"a b", key('d')}}},
       "trusted[1].node"},
      {{.keys = {key('a'), key('b')}, .trusted = {{"x", "short"}}}, "trusted[0].public_key"},
      {{.keys = {key('a'), key('b')}, .trusted = {{"x", key('c')}, {"y", key('c')}}},
       "trusted[1] gives y the key of x"},
      {{.keys = {key('a'), key('b')}, .refusal_log_interval = 0s}, "refusal_log_interval"},
  };
  for (const auto& [settings, reason] : cases) {
    const auto checked = settings.validate();
    ASSERT_FALSE(checked.ok()) << reason;
    EXPECT_EQ(checked.error().code(), ErrorCode::invalid_setting);
    EXPECT_NE(checked.error().context().find(reason), std::string::npos)
        << checked.error().context();
  }
}

TEST(SecuritySettings, OneNodeMayHaveSeveralKeys) {
  const SecuritySettings settings{.keys = {key('a'), key('b')},
                                  .trusted = {{"x", key('c')}, {"x", key('d')}}};

  EXPECT_TRUE(settings.validate().ok());
}

TEST(KeyRing, KnowsTheKeysOfANodeAndTheNodeOfAKey) {
  const KeyRing ring({.keys = {key('a'), key('b')},
                      .trusted = {{"x", key('d')}, {"y", key('e')}, {"x", key('c')}}});

  EXPECT_EQ(ring.keys_of("x"), (std::vector{key('d'), key('c')}));
  EXPECT_EQ(ring.owner_of(key('e')), "y");
  EXPECT_EQ(ring.owner_of(key('a')), "");
  EXPECT_TRUE(ring.keys_of("z").empty());
}

TEST(KeyRing, ForgetsWhatWasReplaced) {
  KeyRing ring({.keys = {key('a'), key('b')}, .trusted = {{"x", key('c')}}});

  ASSERT_TRUE(ring.replace({.keys = {key('d'), key('e')}, .trusted = {{"x", key('f')}}}).ok());

  EXPECT_EQ(ring.version(), 1U);
  EXPECT_EQ(ring.own().public_key, key('d'));
  EXPECT_EQ(ring.owner_of(key('c')), "");
  EXPECT_EQ(ring.keys_of("x"), (std::vector{key('f')}));
}

TEST(KeyRing, IsNeitherTurnedOnNorOff) {
  KeyRing off{SecuritySettings{}};
  KeyRing on({.keys = {key('a'), key('b')}});

  EXPECT_FALSE(off.replace({.keys = {key('a'), key('b')}}).ok());
  EXPECT_FALSE(on.replace({}).ok());
  EXPECT_EQ(on.version(), 0U);
  EXPECT_EQ(on.own().public_key, key('a'));
}

TEST(RefusalLog, NamesEachOnceInAnInterval) {
  RefusalLog log;
  const TimePoint t0{};

  EXPECT_TRUE(log.admits("a", t0, 60s));
  EXPECT_TRUE(log.admits("b", t0, 60s));
  EXPECT_FALSE(log.admits("a", t0 + 60s - 1ns, 60s));
  EXPECT_TRUE(log.admits("a", t0 + 60s, 60s));
}

TEST(RefusalLog, RemembersNoMoreThanItsLimit) {
  RefusalLog log;
  const TimePoint t0{};
  for (std::size_t i = 0; i < RefusalLog::remembered_max; ++i) {
    ASSERT_TRUE(log.admits(std::to_string(i), t0, 60s));
  }

  EXPECT_FALSE(log.admits("one more", t0, 60s));
  EXPECT_TRUE(log.admits("one more", t0 + 60s, 60s));
}

}  // namespace
