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

struct Workload {
  const char* name;
  double (*run)(troupe::ActorSystem& system);
};

constexpr Workload workloads[] = {
    {"ping_pong", ping_pong},
    {"counting", counting},
    {"fan_in", fan_in},
    {"ring", ring},
    {"spawn", spawn_and_answer},
    {"idle_bytes", idle_bytes},
    {"skynet", skynet},
    {"ask_sequential", ask_sequential},
    {"ask_concurrent", ask_concurrent},
    {"pipeline", pipeline},
    {"outside_tell", outside_tell},
    {"outside_tell_2", outside_tell_2},
    {"outside_tell_4", outside_tell_4},
    {"spawn_and_end", spawn_and_end},
};

/// Of two nodes, in two processes.
struct RemoteWorkload {
  const char* name;
  double (*run)(unsigned workers);
};

constexpr RemoteWorkload remote_workloads[] = {
    {"remote_tell_32", remote_tell_32},
    {"remote_tell_1k", remote_tell_1k},
    {"remote_tell_curve", remote_tell_curve},
    {"remote_ask_1000", remote_ask_1000},
    {"remote_ask_p50_us", remote_ask_p50_us},
    {"remote_ask_switches", remote_ask_switches},
    {"remote_ask_forced_switches", remote_ask_forced_switches},
    {"ask_p99_under_tells_ms", ask_p99_under_tells_ms},
};

double figure(const std::string& name, unsigned workers) {
  for (const Workload& workload : workloads) {
    if (name != workload.name) continue;
    troupe::SystemSettings settings;
    settings.workers = workers;
    troupe::ActorSystem system("bench", settings);
    return workload.run(system);
  }
  for (const RemoteWorkload& workload : remote_workloads) {
    if (name == workload.name) return workload.run(workers);
  }
  fail("no workload is called " + name);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  if (argc != 3) bench::fail("usage: bench_troupe WORKLOAD WORKERS");
  const auto workers = static_cast<unsigned>(std::atoi(argv[2]));
  std::printf("%.6f\n", bench::figure(argv[1], workers));
}
