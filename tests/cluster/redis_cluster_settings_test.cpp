// What is refused of the settings of a cluster by Redis, and in which words.
#include <gtest/gtest.h>
#include <string>
#include <troupe/cluster/cluster_settings.hpp>

namespace troupe {
namespace {

std::string refusal(const ClusterSettings& settings) {
  const auto checked = settings.validate();
  return checked.ok() ? "" : checked.error().context();
}

TEST(RedisClusterSettings, NeedAUrlAndNothingElse) {
  EXPECT_EQ(refusal(ClusterSettings::redis("redis://10.0.0.9")), "");
  EXPECT_EQ(refusal(ClusterSettings::redis("unix:///run/redis.sock?db=2")), "");
  EXPECT_EQ(refusal(ClusterSettings::redis("sentinel://one,two/bank")), "");
  EXPECT_EQ(refusal(ClusterSettings::redis("")),
            "cluster.redis is empty; it looks like redis://10.0.0.1:6379");
}

TEST(RedisClusterSettings, NameAUrlThatIsNoneAndNeverItsPassword) {
  for (const char* const url : {"http://h", "10.0.0.9:6379", "rediss://:secret@h", "redis://"}) {
    const std::string words = refusal(ClusterSettings::redis(url));
    EXPECT_TRUE(words.starts_with("cluster.redis: ")) << url << ": " << words;
    EXPECT_EQ(words.find("secret"), std::string::npos);
  }
}

TEST(RedisClusterSettings, HaveOneAuthority) {
  ClusterSettings both = ClusterSettings::redis("redis://h");
  both.seeds = {"a@h:1"};
  EXPECT_NE(refusal(both).find("a cluster has one authority"), std::string::npos);

  ClusterSettings gossip{.redis_url = "redis://h", .seeds = {"a@h:1"}};
  EXPECT_NE(refusal(gossip).find("a cluster has one authority"), std::string::npos);
}

TEST(RedisClusterSettings, WaitForReplicasWhereThereIsARedis) {
  ClusterSettings many = ClusterSettings::redis("redis://h");
  many.redis_replicas = 100;
  EXPECT_EQ(refusal(many), "");
  many.redis_replicas = 101;
  EXPECT_EQ(refusal(many), "cluster.redis_replicas is 101; it is 0 to 100");

  const ClusterSettings gossip{.redis_replicas = 1, .seeds = {"a@h:1"}};
  EXPECT_EQ(refusal(gossip),
            "cluster.redis_replicas is 1, and the authority is gossip, which has none: it is for "
            "Authority::redis");
}

}  // namespace
}  // namespace troupe
