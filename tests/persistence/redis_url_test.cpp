#include <gtest/gtest.h>
#include <troupe/persistence/redis/redis_url.hpp>

namespace troupe::redis {
namespace {

RedisUrl parsed(std::string_view text) {
  Result<RedisUrl> url = RedisUrl::parse(text);
  EXPECT_TRUE(url.ok()) << text << ": " << (url.ok() ? "" : url.error().to_string());
  return url.ok() ? *url : RedisUrl{.endpoints = {{}}};
}

std::string reason_for(std::string_view text) {
  const Result<RedisUrl> url = RedisUrl::parse(text);
  EXPECT_FALSE(url.ok()) << text;
  if (url.ok()) return {};
  EXPECT_EQ(url.error().code(), ErrorCode::invalid_setting);
  return url.error().context();
}

TEST(RedisUrlText, NamesAServer) {
  const RedisUrl url = parsed("redis://db.example:7000/3");

  EXPECT_EQ(url.endpoints, (std::vector<Endpoint>{{"db.example", 7000, ""}}));
  EXPECT_EQ(url.database, 3U);
  EXPECT_FALSE(url.by_sentinel());
}

TEST(RedisUrlText, HasDefaults) {
  for (const char* text : {"redis://db", "redis://db/", "redis://db:6379/0"}) {
    EXPECT_EQ(parsed(text).endpoints.front(), (Endpoint{"db", 6379, ""})) << text;
    EXPECT_EQ(parsed(text).database, 0U) << text;
  }
}

TEST(RedisUrlText, TakesUserAndPasswordWithEscapes) {
  const RedisUrl both = parsed("redis://ann:p%40s%2Fs%3A@db");
  EXPECT_EQ(both.user, "ann");
  EXPECT_EQ(both.password, "p@s/s:");
  EXPECT_EQ(parsed("redis://:secret@db").user, "");
  EXPECT_EQ(parsed("redis://:secret@db").password, "secret");
  EXPECT_EQ(parsed("redis://:a@b@db").password, "a@b");
}

TEST(RedisUrlText, TakesIpv6InBrackets) {
  EXPECT_EQ(parsed("redis://[::1]:7000").endpoints.front(), (Endpoint{"::1", 7000, ""}));
  EXPECT_EQ(parsed("redis://[fe80::2]").endpoints.front(), (Endpoint{"fe80::2", 6379, ""}));
  EXPECT_EQ(parsed("redis://[::1]:7000").to_string(), "redis://[::1]:7000");
}

TEST(RedisUrlText, NamesAUnixSocket) {
  const RedisUrl url = parsed("unix:///run/redis.sock?db=2");
  EXPECT_EQ(url.endpoints.front().path, "/run/redis.sock");
  EXPECT_EQ(url.database, 2U);
  EXPECT_EQ(parsed("unix://ann:secret@/run/redis.sock").password, "secret");
}

TEST(RedisUrlText, NamesSentinelsAndTheirMaster) {
  const RedisUrl url = parsed("sentinel://:secret@s1:7001,s2,[::1]:7003/orders/4");
  EXPECT_EQ(url.endpoints,
            (std::vector<Endpoint>{{"s1", 7001, ""}, {"s2", 26379, ""}, {"::1", 7003, ""}}));
  EXPECT_EQ(url.master, "orders");
  EXPECT_EQ(url.database, 4U);
  EXPECT_EQ(url.password, "secret");
}

TEST(RedisUrlText, IsRefusedWithAReasonThatNameThePlace) {
  const std::pair<const char*, const char*> bad[] = {
      {"", "does not begin with redis://"},
      {"localhost:6379", "does not begin with redis://"},
      {"http://db", "does not begin with redis://"},
      {"rediss://db", "asks for TLS"},
      {"redis://", "has no host"},
      {"redis://:7000", "has no host"},
      {"redis://db:0", "names the port '0' of 'db'"},
      {"redis://db:65536", "names the port '65536'"},
      {"redis://db:7x", "names the port '7x'"},
      {"redis://db:", "names the port ''"},
      {"redis://db/x", "names the database 'x'"},
      {"redis://db/-1", "names the database '-1'"},
      {"redis://db/1/2", "names the database '1/2'"},
      {"redis://db/99999999999", "names the database"},
      {"redis://::1:7000", "IPv6 address that is not in brackets"},
      {"redis://[::1", "has no ']'"},
      {"redis://[::1]x", "behind the ']'"},
      {"redis://d b", "characters that no host has"},
      {"redis://secret@db", "no ':' in front of the password"},
      {"redis://ann:@db", "empty password"},
      {"redis://ann:p%4@db", "a % in the password"},
      {"redis://a%zzn:p@db", "a % in the user"},
      {"unix://run/redis.sock", "does not begin with '/'"},
      {"unix:///run/redis.sock?x=1", "only db=n may stand"},
      {"unix:///run/redis.sock?db=y", "names the database 'y'"},
      {"sentinel://s1:7001", "no name of a master"},
      {"sentinel://s1:7001/", "no name of a master"},
      {"sentinel://s1:7001//2", "empty name of a master"},
      {"sentinel://s1,,s2/orders", "has no host"},
      {"sentinel://s1/orders/x", "names the database 'x'"},
  };
  for (const auto& [text, reason] : bad) {
    EXPECT_NE(reason_for(text).find(reason), std::string::npos) << text << ": " << reason_for(text);
  }
}

TEST(RedisUrlText, IsLimited) {
  EXPECT_NE(reason_for("redis://" + std::string(5'000, 'a')).find("longer than"),
            std::string::npos);
  EXPECT_NE(reason_for("unix:///" + std::string(200, 'a')).find("no socket's"), std::string::npos);
  std::string many = "sentinel://s";
  for (int i = 0; i < 16; ++i) many += ",s";
  EXPECT_NE(reason_for(many + "/m").find("17 Sentinels"), std::string::npos);
}

TEST(RedisUrlText, NeverShowsThePassword) {
  for (const char* text : {"redis://ann:hush@db/3", "unix://:hush@/s", "sentinel://:hush@s/m"}) {
    EXPECT_EQ(parsed(text).to_string().find("hush"), std::string::npos);
    EXPECT_NE(parsed(text).to_string().find("***"), std::string::npos);
  }
  for (const char* text :
       {"hush", "hush@db", "redis://x:hush@", "redis://x:hush@db:0", "redis://x:hush@db/y",
        "unix://x:hush@y", "sentinel://x:hush@s", "redis://x:hush%@db", "redis://hush@db"}) {
    EXPECT_EQ(reason_for(text).find("hush"), std::string::npos) << reason_for(text);
  }
}

}  // namespace
}  // namespace troupe::redis
