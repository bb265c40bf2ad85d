// Processes that have a storage in Redis, and are killed, at times with its server.
#ifdef STORAGE_WRITER
#include <gtest/gtest.h>

#include <string>

#include "../persistence/redis_server.hpp"
#include "killed_writer.hpp"

namespace troupe::persistence {
namespace {

TEST(RedisProcess, KeepsWhatItHasAcknowledgedWhenItOrItsServerIsKilled) {
  if (!RedisServer::is_installed()) GTEST_SKIP() << "NO redis-server HERE: scripts/setup";
  RedisServer server({"--appendonly", "yes", "--appendfsync", "everysec"});
  KilledWriter writer(STORAGE_WRITER, {"redis", server.url()}, 7);
  while (writer.lives() < 50) {
    ASSERT_EQ(writer.live(), "");
    if (writer.lives() % 3 != 0) continue;
    server.kill();
    server.start();
  }
  EXPECT_GT(writer.acknowledged(), 1'000U);
}

}  // namespace
}  // namespace troupe::persistence
#endif
