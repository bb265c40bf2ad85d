#include <gtest/gtest.h>
#include <troupe/node/node_settings.hpp>

namespace {

using troupe::ErrorCode;
using troupe::NodeSettings;

TEST(NodeSettings, DefaultsAreValid) { EXPECT_TRUE(NodeSettings{}.validate().ok()); }

TEST(NodeSettings, NameTheOffendingKey) {
  struct Case {
    NodeSettings settings;
    std::string_view key;
  };
  const Case cases[] = {
      {{.name = ""}, "name"},
      {{.name = "a/b"}, "name"},
      {{.name = "a@b"}, "name"},
      {{.listen = "7001"}, "listen"},
      {{.listen = "127.0.0.1:port"}, "listen"},
      {{.listen = "127.0.0.1:70000"}, "listen"},
      {{.listen = "::1:7001"}, "listen"},
      {{.listen = "0.0.0.0:7001"}, "advertise"},
      {{.advertise = "10.0.0.1:port"}, "advertise"},
      {{.advertise = "fe80::1"}, "advertise"},
      {{.advertise = "[fe80::1"}, "advertise"},
      {{.advertise = ":7001"}, "advertise"},
      {{.advertise = "0.0.0.0:7001"}, "advertise"},
      {{.listen = "", .advertise = "10.0.0.1:7001"}, "listen is empty"},
      {{.system = {.workers = 5'000}}, "workers"},
      {{.transport = {.cluster = ""}}, "cluster"},
      {{.transport = {.frame_bytes_max = 10}}, "frame_bytes_max"},
      {{.transport = {.held_bytes_max = 0}}, "held_bytes_max"},
      {{.transport = {.paths_max = 0}}, "paths_max"},
      {{.transport = {.hello_timeout = troupe::Duration(0)}}, "hello_timeout"},
      {{.transport = {.hello_timeout = troupe::Duration::max()}}, "hello_timeout"},
      {{.transport = {.unproven_connections_max = 0}}, "unproven_connections_max"},
      {{.transport = {.dials_at_once_max = 0}}, "dials_at_once_max"},
      {{.transport = {.return_pause = troupe::Duration(0)}}, "return_pause"},
      {{.transport = {.return_pause_max = troupe::Duration(0)}}, "return_pause_max"},
      {{.transport = {.lane_stall_max = troupe::Duration(0)}}, "lane_stall_max"},
      {{.transport = {.lane_bytes_per_second_min = 0}}, "lane_bytes_per_second_min"},
      {{.transport = {.dead_connection_after = troupe::Duration(1)}}, "dead_connection_after"},
      {{.transport = {.dead_connection_after = troupe::Duration::max()}}, "dead_connection_after"},
      {{.security = {.keys = {"short", "short"}}}, "keys.public_key"},
      {{.security = {.trusted = {{"bank", "short"}}}}, "keys is empty"},
      {{.security = {.refusal_log_interval = troupe::Duration(0)}}, "refusal_log_interval"},
  };
  for (const Case& one : cases) {
    const auto checked = one.settings.validate();
    ASSERT_FALSE(checked.ok()) << one.key;
    EXPECT_EQ(checked.error().code(), ErrorCode::invalid_setting);
    EXPECT_NE(checked.error().context().find(one.key), std::string::npos)
        << checked.error().context();
  }
}

TEST(NodeSettings, EveryAddressNeedsAnAdvertisedOne) {
  for (NodeSettings settings : {NodeSettings{.listen = "0.0.0.0:7001", .advertise = "10.0.0.1"},
                                NodeSettings{.listen = "[::]:7001", .advertise = "[fe80::1]:80"}}) {
    settings.security.trust_network = true;
    EXPECT_TRUE(settings.validate().ok());
    settings.advertise.clear();
    EXPECT_FALSE(settings.validate().ok());
  }
}

TEST(NodeSettings, WithoutKeysANodeListensWhereOnlyItsMachineConnects) {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "localhost", "[::1]"}) {
    EXPECT_TRUE(NodeSettings{.listen = std::string(host) + ":0"}.validate().ok()) << host;
  }
  for (const char* host :
       {"0.0.0.0", "10.0.0.1", "128.0.0.1", "[::]", "[fe80::1]", "*", "eth0", "node.example.org",
        "127.0.0.1.example.org", "localhost.example.org", "[::ffff:10.0.0.1]"}) {
    NodeSettings settings{.listen = std::string(host) + ":0", .advertise = "10.0.0.1"};
    const auto checked = settings.validate();
    ASSERT_FALSE(checked.ok()) << host;
    EXPECT_EQ(checked.error().code(), ErrorCode::invalid_setting);
    EXPECT_NE(checked.error().context().find("security.trust_network = true"), std::string::npos)
        << checked.error().context();

    settings.security.trust_network = true;
    EXPECT_TRUE(settings.validate().ok()) << host;
  }
}

TEST(NodeSettings, ANodeMayListenNowhere) {
  EXPECT_TRUE(NodeSettings{.listen = ""}.validate().ok());
}

TEST(NodeSettings, AnAdvertisedAddressNeedsNoPort) {
  for (const char* text : {"10.0.0.1", "host", "[fe80::1]", "host:0", "[fe80::1]:7001"}) {
    EXPECT_TRUE(NodeSettings{.advertise = text}.validate().ok()) << text;
  }
}

}  // namespace
