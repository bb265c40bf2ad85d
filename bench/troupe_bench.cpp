// The benchmarks' work, done by Troupe: `bench_troupe WORKLOAD WORKERS` prints one plain number.
//
// The same work for the peers is in peers/. Each workload times itself, checks its own result, and
// leaves out the starting and stopping of the system. A wrong count ends the program with words and
// status 1.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <troupe/troupe.hpp>

#include "measurement.hpp"
#include "workloads.hpp"

namespace bench {
namespace {

double figure(const std::string& workload, troupe::ActorSystem& system) {
  if (workload == "ping_pong") return ping_pong(system);
  if (workload == "counting") return counting(system);
  if (workload == "fan_in") return fan_in(system);
  if (workload == "ring") return ring(system);
  if (workload == "spawn") return spawn_and_answer(system);
  if (workload == "idle_bytes") return idle_bytes(system);
  if (workload == "skynet") return skynet(system);
  if (workload == "ask_sequential") return ask_sequential(system);
  if (workload == "ask_concurrent") return ask_concurrent(system);
  fail("no workload is called " + workload);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc != 3) bench::fail("usage: bench_troupe WORKLOAD WORKERS");
  troupe::SystemSettings settings;
  settings.workers = static_cast<unsigned>(std::atoi(argv[2]));
  troupe::ActorSystem system("bench", settings);
  std::printf("%.6f\n", bench::figure(argv[1], system));
}
