// What the workloads measure with: the clock, the check of the result, and the order to an actor
// that does a whole workload.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <troupe/troupe.hpp>
#include <utility>

namespace bench {

[[noreturn]] inline void fail(const std::string& words) {
  std::fprintf(stderr, "bench_troupe: %s\n", words.c_str());
  std::exit(1);
}

inline void must_equal(const char* what, long expected, long counted) {
  if (expected == counted) return;
  fail(std::string(what) + ": expected " + std::to_string(expected) + ", got " +
       std::to_string(counted));
}

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Asks an actor to do the whole of a workload and waits for its figure.
template <class M>
long run(const troupe::AnyRef& actor, M order) {
  return actor.ask(std::move(order), std::chrono::minutes(2)).get().value();
}

}  // namespace bench
