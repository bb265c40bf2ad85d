// What the workloads measure with: the clock, the check of the result, and the messages by which
// the main thread and the actors tell each other of beginning and end.
#pragma once

#include <caf/all.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace bench {

using Clock = std::chrono::steady_clock;

using go_atom = caf::atom_constant<caf::atom("go")>;
using count_atom = caf::atom_constant<caf::atom("count")>;
using report_atom = caf::atom_constant<caf::atom("report")>;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

inline void must_equal(const char* what, std::int64_t expected, std::int64_t counted) {
  if (expected == counted) {
    return;
  }
  std::fprintf(stderr, "bench_caf: %s: expected %lld, counted %lld\n", what,
               static_cast<long long>(expected), static_cast<long long>(counted));
  std::_Exit(1);
}

// Waits for the one figure that a workload's actors send to the main thread.
inline double figure_from(caf::scoped_actor& main_thread) {
  double figure = 0;
  main_thread->receive([&](double received) { figure = received; });
  return figure;
}

}  // namespace bench
