#include <troupe/base/platform.hpp>

#include <ctime>
#include <random>

namespace troupe {
namespace {

TimePoint read_clock(clockid_t id) noexcept {
  timespec time{};
  clock_gettime(id, &time);
  return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

class MonotonicClock final : public Clock {
 public:
  MonotonicClock() noexcept {
    timespec resolution{};
    clock_getres(CLOCK_MONOTONIC_COARSE, &resolution);
    resolution_ = std::chrono::seconds(resolution.tv_sec) + Duration(resolution.tv_nsec);
  }

  [[nodiscard]] TimePoint now() const noexcept override { return read_clock(CLOCK_MONOTONIC); }
  [[nodiscard]] TimePoint coarse_now() const noexcept override {
    return read_clock(CLOCK_MONOTONIC_COARSE);
  }
  [[nodiscard]] Duration coarse_resolution() const noexcept override { return resolution_; }

 private:
  Duration resolution_;
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
