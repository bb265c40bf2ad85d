// Any number of processes with a storage that are killed, one after the other on the same storage;
// ends with one line of counts for each kind. scripts/soak builds and runs it.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "killed_writer.hpp"
#include "temporary_folder.hpp"
#ifdef TROUPE_WITH_REDIS
#include "../persistence/redis_server.hpp"
#endif

namespace troupe::persistence {
namespace {

struct Order {
  std::uint64_t cycles = 1'000;
  std::uint64_t seed = 1;
  std::string backend = "all";
};

bool print(const char* kind, const KilledWriter& writer, const std::string& wrong,
           std::chrono::steady_clock::time_point began) {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "soak storage: %s, %llu lives killed, %llu messages acknowledged and found, %llu more "
      "found, %.1f s%s%s\n",
      kind, static_cast<unsigned long long>(writer.lives()),
      static_cast<unsigned long long>(writer.acknowledged()),
      static_cast<unsigned long long>(writer.beyond()), took.count(),
      wrong.empty() ? "" : "; FAILED: ", wrong.c_str());
  std::fflush(stdout);
  return wrong.empty();
}

bool soak_sqlite(const Order& order, const char* durability) {
  const auto began = std::chrono::steady_clock::now();
  const TemporaryFolder folder;
  KilledWriter writer(STORAGE_WRITER, {durability, folder.file("storage.db")}, order.seed);
  std::string wrong;
  while (wrong.empty() && writer.lives() < order.cycles) wrong = writer.live();
  return print((std::string("sqlite ") + durability).c_str(), writer, wrong, began);
}

#ifdef TROUPE_WITH_REDIS
/// Every third time the server is killed, too.
bool soak_redis(const Order& order) {
  const auto began = std::chrono::steady_clock::now();
  RedisServer server({"--appendonly", "yes", "--appendfsync", "everysec"});
  KilledWriter writer(STORAGE_WRITER, {"redis", server.url()}, order.seed);
  std::string wrong;
  while (wrong.empty() && writer.lives() < order.cycles) {
    wrong = writer.live();
    if (writer.lives() % 3 != 0) continue;
    server.kill();
    server.start();
  }
  return print("redis", writer, wrong, began);
}
#endif

bool soak(const Order& order) {
  bool is_well = true;
  if (order.backend != "redis") {
    is_well &= soak_sqlite(order, "full");
    is_well &= soak_sqlite(order, "normal");
  }
#ifdef TROUPE_WITH_REDIS
  if (order.backend != "sqlite") is_well &= soak_redis(order);
#endif
  return is_well;
}

int run(int argc, char** argv) {
  Order order;
  CLI::App app("Kills processes with a storage, and looks at what the next one finds",
               "scripts/soak storage");
  app.add_option("--cycles", order.cycles, "Lives on each storage")
      ->check(CLI::Range(1ULL, 1'000'000'000ULL));
  app.add_option("--from", order.seed, "The seed of when each is killed");
  app.add_option("--backend", order.backend, "sqlite, redis or all")
      ->check(CLI::IsMember({"sqlite", "redis", "all"}));
  CLI11_PARSE(app, argc, argv);
  return soak(order) ? 0 : 1;
}

}  // namespace
}  // namespace troupe::persistence

int main(int argc, char** argv) { return troupe::persistence::run(argc, argv); }
