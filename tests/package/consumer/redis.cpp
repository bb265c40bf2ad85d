// The Redis client, as a user would write it. No server is asked.
#include <iostream>
#include <troupe/persistence/redis/redis_client.hpp>
#include <troupe/troupe.hpp>

int main() {
  const auto client =
      troupe::redis::RedisClient::start({.url = "redis://nowhere:none"}, troupe::real_platform());
  std::cout << (client.ok() ? "started" : client.error().context()) << "\n";
}
