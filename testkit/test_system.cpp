#include <troupe/testkit/test_system.hpp>

#include <troupe/testkit/stepped_scheduler.hpp>
#include <troupe/testkit/test_platform.hpp>

namespace troupe::testkit {
namespace {

constexpr std::uint64_t unseeded = 1;

}  // namespace

TestSystem::TestSystem(TestSystemSettings settings)
    : log_(std::make_shared<RecordingLog>(settings.log_level)),
      world_(std::make_shared<SteppedWorld>(
          std::make_shared<ManualClock>(),
          SteppedWorldSettings{.seed = settings.seed, .turns_max = settings.turns_max})),
      system_(std::move(settings.name), std::move(settings.actors),
              test_platform(world_->shared_clock(), settings.seed.value_or(unseeded), log_),
              make_stepped(world_)) {}

bool TestSystem::run_until(const std::function<bool()>& done, Duration timeout) {
  return world_->run_until(done, deadline_after(clock(), timeout));
}

}  // namespace troupe::testkit
