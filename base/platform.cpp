#include <troupe/base/platform.hpp>

#include <ctime>
#include <random>

#ifdef __x86_64__
#include <cpuid.h>
#include <x86intrin.h>
#endif

namespace troupe {
namespace {

TimePoint read_clock(clockid_t id) noexcept {
  timespec time{};
  clock_gettime(id, &time);
  return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

/// The steps of ceiling_now(): 0.26 ms, by a power of two.
constexpr Duration::rep step = Duration::rep{1} << 18U;

/// The first step that is not before that time.
TimePoint round_up(TimePoint time) noexcept {
  return TimePoint(Duration((time.time_since_epoch().count() + step - 1) & -step));
}

#ifdef __x86_64__
/// Whether the time-stamp counter goes on at one speed whatever the processor does (Intel SDM,
/// volume 3, "Invariant TSC").
bool has_invariant_counter() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned invariant = 1U << 8U;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & invariant) != 0;
}

/// What a thread has read last. It counts as fresh for less than a step where the counter goes at
/// 400 MHz or more; a counter that is behind it, on another core maybe, makes it too old.
struct LastReading {
  static constexpr std::uint64_t fresh_cycles = 100'000;
  std::uint64_t counter = 0;
  TimePoint ceiling{};  // A step at most after it.
};

TimePoint read_ceiling() noexcept {
  thread_local constinit LastReading last;
  const std::uint64_t counter = __rdtsc();
  if (counter - last.counter >= LastReading::fresh_cycles) [[unlikely]] {
    last = {counter, round_up(read_clock(CLOCK_MONOTONIC) + Duration(step))};
  }
  return last.ceiling;
}
#else
constexpr bool has_invariant_counter() noexcept { return false; }
TimePoint read_ceiling() noexcept { return {}; }
#endif

class MonotonicClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return read_clock(CLOCK_MONOTONIC); }
  [[nodiscard]] TimePoint coarse_now() const noexcept override {
    return read_clock(CLOCK_MONOTONIC_COARSE);
  }
  [[nodiscard]] TimePoint ceiling_now() const noexcept override {
    return has_counter_ ? read_ceiling() : round_up(now());
  }

 private:
  const bool has_counter_ = has_invariant_counter();
};

std::uint64_t device_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

}  // namespace

Platform real_platform(LogLevel level) {
  return {.clock = std::make_shared<MonotonicClock>(),
          .random = std::make_shared<Random>(device_seed()),
          .log = stderr_log(level)};
}

}  // namespace troupe
