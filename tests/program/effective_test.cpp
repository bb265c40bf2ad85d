#include <gtest/gtest.h>
#include <cstdio>
#include <troupe/cluster/cluster.hpp>
#include <troupe/program/effective.hpp>
#include <troupe/program/quantity.hpp>
#include <troupe/program/setting_table.hpp>
#include <troupe/transport/key_files.hpp>
#include <troupe/transport/security/zmq_keys.hpp>

namespace {

using namespace std::chrono_literals;
using namespace troupe::program;

GivenValue from_file(std::string key, Form form, std::string text, std::string place) {
  return {std::move(key), form, std::move(text), {Source::file, std::move(place)}};
}
GivenValue from_flag(std::string key, std::string text) {
  const std::string flag = find_setting(key) != nullptr ? find_setting(key)->flag() : "--x";
  return {std::move(key), Form::bare, std::move(text), {Source::flag, flag}};
}
GivenValue from_environment(std::string key, std::string text) {
  const std::string variable = find_setting(key)->variable();
  return {std::move(key), Form::bare, std::move(text), {Source::environment, variable}};
}

std::string problem(const Givers& givers) {
  const auto result = effective(givers);
  return result.ok() ? "" : result.error().context();
}

TEST(Effective, AFlagGoesBeforeTheEnvironmentAndThatBeforeTheFileAndThatBeforeTheDefault) {
  const std::vector<GivenValue> values = {
      from_file("name", Form::text, "file", "node.toml:1:1"),
      from_file("transport.cluster", Form::text, "file", "node.toml:2:1"),
      from_file("transport.process", Form::text, "file", "node.toml:3:1"),
      from_environment("transport.cluster", "environment"),
      from_environment("name", "environment"),
      from_flag("name", "flag")};

  const auto result = merged(values);

  ASSERT_TRUE(result.ok()) << result.error().context();
  EXPECT_EQ(result->configuration.node.name, "flag");
  EXPECT_EQ(result->configuration.node.transport.cluster, "environment");
  EXPECT_EQ(result->configuration.node.transport.process, "file");
  EXPECT_EQ(result->configuration.node.listen, "127.0.0.1:0");
  const std::string printed = print(*result);
  EXPECT_NE(printed.find("name = \"flag\"  # --name\n"), std::string::npos) << printed;
  EXPECT_NE(printed.find("cluster = \"environment\"  # TROUPE_TRANSPORT_CLUSTER\n"),
            std::string::npos);
  EXPECT_NE(printed.find("process = \"file\"  # node.toml:3:1\n"), std::string::npos);
  EXPECT_NE(printed.find("listen = \"127.0.0.1:0\"  # default\n"), std::string::npos);
}

TEST(Effective, AnUnknownKeyIsToldWithItsPlaceAndTheNearestRightOne) {
  EXPECT_EQ(merged({from_file("transport.frame_byte_max", Form::integer, "1", "node.toml:3:5")})
                .error()
                .context(),
            "node.toml:3:5: there is no setting transport.frame_byte_max; did you mean "
            "transport.frame_bytes_max?");
  EXPECT_EQ(merged({from_file("colour", Form::text, "red", "node.toml:1:1")}).error().context(),
            "node.toml:1:1: there is no setting colour");
}

TEST(Effective, AWrongValueIsToldWithItsPlace) {
  EXPECT_EQ(problem({.flags = {from_flag("system.shutdown_timeout", "10")}}),
            "--system-shutdown-timeout: system.shutdown_timeout: \"10\" is not a number with ns, "
            "us, ms, s, min, h or d behind it, such as \"1500ms\", or \"infinite\"");
  EXPECT_EQ(problem({.environment = {from_environment("system.workers", "2000")}}),
            "TROUPE_SYSTEM_WORKERS: workers is 2000; at most 1024");
  EXPECT_EQ(problem({.flags = {from_flag("transport.silence.threshold", "99")}}),
            "--transport-silence-threshold: silence.threshold must be from 1 to 16");
  EXPECT_EQ(problem({.flags = {from_flag("listen", "7001")}}),
            "--listen: listen is \"7001\", which has no host or no port; it looks like "
            "127.0.0.1:7001 or [::1]:7001");
  EXPECT_EQ(problem({.flags = {from_flag("log.level", "loud")}}),
            "--log-level: log.level is \"loud\"; it has to be debug, info, warn, error or off");
}

TEST(Effective, KeysAreBothOrNone) {
  EXPECT_NE(problem({.flags = {from_flag("security.keys_file", "bank.keys")}})
                .find("--security-keys-file: security.keys_file is set and "),
            std::string::npos);
  EXPECT_NE(problem({.flags = {from_flag("security.trusted_file", "trusted")}})
                .find("--security-trusted-file: security.trusted_file is set and "),
            std::string::npos);
  const std::string missing =
      problem({.flags = {from_flag("security.keys_file", "/nowhere/a"),
                         from_flag("security.trusted_file", "/nowhere/b")}});
  EXPECT_TRUE(missing.starts_with("--security-keys-file: cannot open the keys file /nowhere/a"))
      << missing;
}

TEST(Effective, TakesTheVariablesOfSettingsAndWarnsOfOthersOfItsPrefix) {
  const char* const environment[] = {"HOME=/",
                                     "TROUPE_NAME=bank",
                                     "TROUPE_TRANSPORT_DOWN_AFTER=infinite",
                                     "TROUPE_LISTEN=",
                                     "TROUPE_CONFIG=node.toml",
                                     "TROUPE_LISTNE=127.0.0.1:1",
                                     "TROUPE",
                                     nullptr};

  const auto [values, warnings, file] = values_of(environment);

  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0].key, "name");
  EXPECT_EQ(values[0].text, "bank");
  EXPECT_EQ(values[0].origin.place, "TROUPE_NAME");
  EXPECT_EQ(values[1].key, "transport.down_after");
  EXPECT_EQ(file, "node.toml");
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0], "TROUPE_LISTNE is no variable of a setting; did you mean TROUPE_LISTEN?");
}

TEST(Effective, LogsFromTheLevelThatWasSaid) {
  Configuration configuration;
  EXPECT_EQ(log_level(configuration), troupe::LogLevel::info);
  configuration.log_level = "off";
  EXPECT_EQ(log_level(configuration), troupe::LogLevel::off);
  configuration.log_level = "debug";
  EXPECT_EQ(log_level(configuration), troupe::LogLevel::debug);
}

TEST(Effective, ANodeWithSeedsIsInACluster) {
  const auto none = effective({});
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->configuration.node.cluster);

  const auto some =
      effective({.config_file = {},
                 .environment = {from_environment("cluster.labels", "zone=1, rack=a=b")},
                 .flags = {from_flag("cluster.seeds", "a@h:1, b@h:2"),
                           from_flag("cluster.split_brain", "keep_oldest")}});
  ASSERT_TRUE(some.ok()) << some.error().context();
  const troupe::ClusterSettings& cluster = *some->configuration.node.cluster;
  EXPECT_EQ(cluster.seeds, (std::vector<std::string>{"a@h:1", "b@h:2"}));
  EXPECT_EQ(cluster.labels, (std::map<std::string, std::string>{{"rack", "a=b"}, {"zone", "1"}}));
  EXPECT_EQ(cluster.split_brain.strategy, troupe::cluster::SplitBrainStrategy::keep_oldest);
  EXPECT_NE(print(*some).find("seeds = [\"a@h:1\", \"b@h:2\"]  # --cluster-seeds\n"),
            std::string::npos);
}

TEST(Effective, LocalTimesAreThoseThatNobodyGives) {
  const auto local =
      effective({.config_file = {},
                 .environment = {},
                 .flags = {from_flag("cluster.seeds", "a@h:1"), from_flag("cluster.times", "local"),
                           from_flag("cluster.detection.heartbeat", "70ms")}});
  ASSERT_TRUE(local.ok()) << local.error().context();
  const troupe::ClusterSettings& cluster = *local->configuration.node.cluster;
  EXPECT_EQ(cluster.detection.heartbeat, 70ms);
  EXPECT_EQ(cluster.detection.stable_after,
            troupe::ClusterSettings::local().detection.stable_after);
}

TEST(Effective, WhatIsWrongInAClusterIsToldWithItsPlace) {
  const auto said = [](std::string key, std::string value) {
    return problem({.config_file = {},
                    .environment = {},
                    .flags = {from_flag("cluster.seeds", "a@h:1"),
                              from_flag(std::move(key), std::move(value))}});
  };
  EXPECT_EQ(said("cluster.split_brain", "majority"),
            "--cluster-split-brain: cluster.split_brain is \"majority\"; it has to be "
            "keep_majority, static_quorum or keep_oldest");
  EXPECT_TRUE(said("cluster.times", "fast").starts_with("--cluster-times: cluster.times is"));
  EXPECT_TRUE(said("cluster.labels", "zone").ends_with("a label looks like zone=1"));
  EXPECT_TRUE(said("cluster.seeds", "h:1").starts_with("--cluster-seeds: cluster.seeds: "));
  EXPECT_TRUE(said("cluster.roles", "a,,b").starts_with("--cluster-roles: cluster.roles: it has"));
  EXPECT_TRUE(
      problem(
          {.config_file = {}, .environment = {}, .flags = {from_flag("cluster.roles", "worker")}})
          .starts_with("--cluster-roles: cluster.roles is set and neither cluster.seeds nor"));
}

TEST(Effective, AListHasNoEmptyItem) {
  for (const char* text : {",", "a,", ",a", "a,,b", "a, ,b"}) {
    EXPECT_TRUE(problem({.flags = {from_flag("cluster.roles", text)}})
                    .starts_with("--cluster-roles: cluster.roles: it has nothing before, behind"))
        << text;
  }
}

TEST(Effective, WhatWouldPassUnusedIsRefusedWithItsPlace) {
  const auto seeds = from_flag("cluster.seeds", "a@h:1");
  EXPECT_EQ(problem({.flags = {seeds, from_flag("cluster.quorum", "2")}}),
            "--cluster-quorum: cluster.quorum is 2, and cluster.split_brain is keep_majority, "
            "which has none: it is for static_quorum");
  EXPECT_EQ(problem({.flags = {seeds, from_flag("cluster.quorum", "2"),
                               from_flag("cluster.split_brain", "static_quorum")}}),
            "");
  EXPECT_EQ(problem({.flags = {seeds, from_flag("cluster.labels", "zone=1,zone=2")}}),
            "--cluster-labels: cluster.labels has \"zone=2\", and its key has a value already: a "
            "label is given once");
}

TEST(Effective, WhatContradictsADefaultIsToldWithThePlaceOfWhatWasGiven) {
  const std::string reason = problem({.flags = {from_flag("transport.redial_pause", "1h")}});
  EXPECT_TRUE(reason.starts_with("--transport-redial-pause: redial_pause_max must be")) << reason;
}

TEST(Effective, AWrongTrustedFileIsToldWithItsOwnPlace) {
  const std::string keys = testing::TempDir() + "troupe_effective_test.keys";
  static_cast<void>(std::remove(keys.c_str()));
  ASSERT_TRUE(troupe::write_key_file(keys, troupe::generate_keys().value()).ok());
  const std::string reason = problem({.flags = {from_flag("security.keys_file", keys),
                                                from_flag("security.trusted_file", "/nowhere")}});
  static_cast<void>(std::remove(keys.c_str()));
  EXPECT_TRUE(reason.starts_with("--security-trusted-file: ")) << reason;
}

TEST(Effective, PrintsTheTimesThatAMemberUses) {
  const auto member =
      effective({.flags = {from_flag("cluster.seeds", "a@h:1"), from_flag("cluster.times", "local"),
                           from_flag("transport.redial_pause_max", "20s")}});
  ASSERT_TRUE(member.ok()) << member.error().context();
  const troupe::NodeSettings& node = member->configuration.node;
  const auto links = troupe::Cluster::links(node.transport, *node.cluster);
  const std::string printed = print(*member);
  EXPECT_NE(printed.find("redial_pause_max = \"" + text_of(links.redial_pause_max) +
                         "\"  # --transport-redial-pause-max, lowered for the cluster\n"),
            std::string::npos)
      << printed;
  EXPECT_NE(printed.find("handshake_timeout = \"" + text_of(links.handshake_timeout) + "\"  # "),
            std::string::npos)
      << printed;
}

TEST(Effective, ANodeHasNoStorageUnlessOneIsChosen) {
  const auto none = effective({});
  ASSERT_TRUE(none.ok());
  EXPECT_TRUE(none->configuration.storage.is_none());
  EXPECT_EQ(print(*none).find("what is stored survives"), std::string::npos);
}

TEST(Effective, WhatIsOfAStorageThatIsNotChosenIsRefusedWithItsPlace) {
  EXPECT_EQ(problem({.flags = {from_flag("storage.durability", "normal")}}),
            "--storage-durability: storage.durability is set and storage.sqlite is not, for which "
            "it is: set that, or take this one away");
  EXPECT_TRUE(problem({.flags = {from_flag("storage.redis_volatile_ok", "true")}})
                  .starts_with("--storage-redis-volatile-ok: storage.redis_volatile_ok is set and "
                               "storage.redis is not"));
}

TEST(Effective, ANodeHasOneStorage) {
  EXPECT_EQ(problem({.config_file = {},
                     .environment = {from_environment("storage.sqlite", "a.db")},
                     .flags = {from_flag("storage.redis", "redis://h")}}),
            "--storage-redis: storage.redis and storage.sqlite (TROUPE_STORAGE_SQLITE) are both "
            "set; a node has one storage: take one of them away");
}

#ifdef TROUPE_WITH_SQLITE
TEST(Effective, AFileIsChosenWithWhatItIsToSurvive) {
  const auto given = effective({.flags = {from_flag("storage.sqlite", "shop.db"),
                                          from_flag("storage.durability", "normal")}});
  ASSERT_TRUE(given.ok()) << given.error().context();
  EXPECT_EQ(given->configuration.storage.sqlite, "shop.db");
  EXPECT_NE(print(*given).find("sqlite = \"shop.db\"  # --storage-sqlite\n"), std::string::npos);
  EXPECT_NE(print(*given).find("what is stored survives                  the node's end"),
            std::string::npos);
  EXPECT_TRUE(problem({.flags = {from_flag("storage.sqlite", "shop.db"),
                                 from_flag("storage.durability", "fast")}})
                  .starts_with("--storage-durability: storage.durability is \"fast\"; it has to be "
                               "full or normal"));
  EXPECT_EQ(problem({.flags = {from_flag("storage.sqlite", "shop.db"),
                               from_flag("storage.file_bytes_max", "4KiB")}}),
            "--storage-file-bytes-max: storage.file_bytes_max is at least 1 MiB");
}
#else
TEST(Effective, AFileIsRefusedByAProgramWithoutSqlite) {
  EXPECT_TRUE(
      problem({.flags = {from_flag("storage.sqlite", "shop.db")}})
          .starts_with("--storage-sqlite: storage.sqlite is set, and this program was built "
                       "without SQLite"));
}
#endif

#ifdef TROUPE_WITH_REDIS
TEST(Effective, AServerIsChosenAndItsPasswordIsNotShown) {
  const auto given = effective({.flags = {from_flag("storage.redis", "redis://me:secret@h"),
                                          from_flag("transport.cluster", "shop")}});
  ASSERT_TRUE(given.ok()) << given.error().context();
  EXPECT_EQ(given->configuration.storage.redis_cluster, "shop");
  EXPECT_NE(print(*given).find("redis = \"redis://me:***@h\""), std::string::npos);
  EXPECT_EQ(print(*given).find("secret"), std::string::npos);
  EXPECT_TRUE(problem({.flags = {from_flag("storage.redis", "http://h")}})
                  .starts_with("--storage-redis: storage.redis: "));
  EXPECT_TRUE(problem({.flags = {from_flag("storage.redis", "redis://h"),
                                 from_flag("transport.cluster", "my shop")}})
                  .starts_with("--storage-redis: storage.redis is set, and transport.cluster is 1 "
                               "to 100 letters"));
}

TEST(Effective, ANodeWithARedisIsInAClusterAndItsPasswordIsNotShown) {
  const auto given =
      effective({.config_file = {},
                 .environment = {},
                 .flags = {from_flag("cluster.redis", "redis://me:secret@10.0.0.9/2")}});

  ASSERT_TRUE(given.ok()) << given.error().context();
  const troupe::ClusterSettings& cluster = *given->configuration.node.cluster;
  EXPECT_EQ(cluster.authority, troupe::Authority::redis);
  EXPECT_EQ(cluster.redis_url, "redis://me:secret@10.0.0.9/2");
  EXPECT_NE(print(*given).find("redis = \"redis://me:***@10.0.0.9/2\""), std::string::npos);
  EXPECT_EQ(print(*given).find("secret"), std::string::npos);
}

TEST(Effective, ReplicasOfARedisThatThereIsNotAreToldWithTheirPlace) {
  EXPECT_TRUE(problem({.flags = {from_flag("cluster.seeds", "a@h:1"),
                                 from_flag("cluster.redis_replicas", "1")}})
                  .starts_with("--cluster-redis-replicas: cluster.redis_replicas is 1"));
  EXPECT_EQ(problem({.flags = {from_flag("cluster.redis", "redis://h"),
                               from_flag("cluster.redis_replicas", "1")}}),
            "");
}

TEST(Effective, TwoAuthoritiesAndARedisThatIsNoneAreToldWithTheirPlace) {
  EXPECT_TRUE(problem({.config_file = {},
                       .environment = {from_environment("cluster.seeds", "a@h:1")},
                       .flags = {from_flag("cluster.redis", "redis://h")}})
                  .starts_with("--cluster-redis: cluster.redis and cluster.seeds "
                               "(TROUPE_CLUSTER_SEEDS) are both set"));
  EXPECT_TRUE(problem({.config_file = {},
                       .environment = {},
                       .flags = {from_flag("cluster.redis", "http://h:80")}})
                  .starts_with("--cluster-redis: cluster.redis: "));
}
#endif

}  // namespace
