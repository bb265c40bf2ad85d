// The benchmarks' work, done by CAF 0.17: `bench_caf WORKLOAD WORKERS` prints one plain number.
//
// Each workload is written the way CAF runs it fastest (what was tried is noted where it is not
// obvious), times itself inside its actors, and checks its own result: a wrong count ends the
// program with words and status 1. What is deliberately not measured: starting and stopping CAF.

#include <malloc.h>

#include <caf/all.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "workloads.hpp"

namespace bench {
namespace {

struct Workload {
  const char* name;
  double (*run)(caf::actor_system&);
  std::int64_t messages_max = 0;  // Before an actor gives way; 0 keeps CAF's default, no limit.
};

// Of two nodes, in two processes.
struct RemoteWorkload {
  const char* name;
  double (*run)(int workers);
};

constexpr Workload workloads[] = {
    {"ping_pong", ping_pong},
    {"counting", counting},
    {"fan_in", fan_in},
    {"ring", ring},
    {"spawn", spawn, spawner_messages_max},
    {"idle_bytes", idle_bytes},
    {"skynet", skynet},
    {"ask_sequential", ask_sequential},
    {"ask_concurrent", ask_concurrent},
};

constexpr RemoteWorkload remote_workloads[] = {
    {"remote_tell_32", remote_tell_32},
    {"remote_tell_1k", remote_tell_1k},
    {"remote_ask_1000", remote_ask_1000},
    {"remote_ask_p50_us", remote_ask_p50_us},
};

void run(const Workload& workload, int workers) {
  // Do not hand memory back to the kernel in the middle of the work: a tenth faster.
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  caf::actor_system_config config;
  config.set("scheduler.max-threads", workers);
  if (workload.messages_max > 0) {
    config.set("scheduler.max-throughput", workload.messages_max);
  }
  caf::actor_system system{config};
  std::printf("%.6f\n", workload.run(system));
  std::fflush(stdout);
  std::_Exit(0);  // Stopping a million actors is not part of any workload.
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  int workers = argc == 3 ? std::atoi(argv[2]) : 0;
  if (workers < 1) {
    std::fprintf(stderr, "usage: bench_caf WORKLOAD WORKERS\n");
    return 2;
  }
  for (const auto& workload : bench::workloads) {
    if (std::string{argv[1]} == workload.name) {
      bench::run(workload, workers);
    }
  }
  for (const auto& workload : bench::remote_workloads) {
    if (std::string{argv[1]} == workload.name) {
      std::printf("%.6f\n", workload.run(workers));
      return 0;
    }
  }
  std::fprintf(stderr, "bench_caf: no workload is called %s\n", argv[1]);
  return 2;
}
