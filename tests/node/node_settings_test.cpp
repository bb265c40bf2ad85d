#include <gtest/gtest.h>
#include <limits>
#include <span>
#include <troupe/node/node_settings.hpp>

namespace {

using namespace std::chrono_literals;
using troupe::ErrorCode;
using troupe::NodeSettings;

TEST(NodeSettings, DefaultsAreValid) { EXPECT_TRUE(NodeSettings{}.validate().ok()); }

struct Case {
  NodeSettings settings;
  std::string_view key;
};

/// Each is refused, and the words name the key.
void expect_refused(std::span<const Case> cases) {
  for (const Case& one : cases) {
    const auto checked = one.settings.validate();
    ASSERT_FALSE(checked.ok()) << one.key;
    EXPECT_EQ(checked.error().code(), ErrorCode::invalid_setting);
    EXPECT_NE(checked.error().context().find(one.key), std::string::npos)
        << checked.error().context();
  }
}

TEST(NodeSettings, NameTheOffendingKey) {
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
      {{.security = {.keys = {"short", "short"}}}, "keys.public_key"},
      {{.security = {.trusted = {{"bank", "short"}}}}, "keys is empty"},
      {{.security = {.refusal_log_interval = troupe::Duration(0)}}, "refusal_log_interval"},
  };
  expect_refused(cases);
}

TEST(NodeSettings, NameTheOffendingKeyOfTheLinks) {
  const Case cases[] = {
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
      {{.transport = {.redial_pause = 2s, .redial_pause_max = 1s}},
       "redial_pause_max must be at least redial_pause"},
      {{.transport = {.redial_pause = 6s}}, "redial_pause_max must be at least redial_pause"},
      {{.transport = {.return_pause = 2s, .return_pause_max = 1s}},
       "return_pause_max must be at least return_pause"},
      {{.transport = {.silence = {.acceptable_pause = -1s}}}, "silence.acceptable_pause"},
      {{.transport = {.silence = {.threshold = std::numeric_limits<double>::quiet_NaN()}}},
       "silence.threshold"},
      {{.transport = {.silence = {.samples_max = 0}}}, "silence.samples_max"},
      {{.transport = {.silence = {.deviation_min = 0s}}}, "silence.deviation_min"},
      {{.transport = {.handshake_timeout = -1s}}, "handshake_timeout"},
      {{.transport = {.heartbeat_interval = 0s}}, "heartbeat_interval"},
      {{.transport = {.down_after = -1s}}, "down_after"},
      {{.transport = {.busy_poll_max = -1s}}, "busy_poll_max"},
      {{.transport = {.linger = -1s}}, "linger"},
      {{.transport = {.lane_stall_max = troupe::Duration(0)}}, "lane_stall_max"},
      {{.transport = {.lane_bytes_per_second_min = 0}}, "lane_bytes_per_second_min"},
      {{.transport = {.dead_connection_after = troupe::Duration(1)}}, "dead_connection_after"},
      {{.transport = {.dead_connection_after = troupe::Duration::max()}}, "dead_connection_after"},
  };
  expect_refused(cases);
}

TEST(NodeSettings, APeerThatIsNeverTriedAgainNeedsNoLongestPause) {
  EXPECT_TRUE(NodeSettings{.transport = {.return_pause = troupe::Duration::max()}}.validate().ok());
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
