#include <troupe/testkit/eventually.hpp>

#include <condition_variable>
#include <mutex>
#include <troupe/actor/ports/local_actors.hpp>
#include <troupe/testkit/stepped_scheduler.hpp>

namespace troupe::testkit {
namespace {

constexpr Duration asked_again = std::chrono::milliseconds(1);

/// Nobody notifies: it only lets the time pass.
bool poll(const Clock& clock, const std::function<bool()>& condition, TimePoint deadline) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (!condition()) {
    if (clock.now() >= deadline) return false;
    never.wait_for(lock, asked_again);
  }
  return true;
}

}  // namespace

void eventually(ActorSystem& system, const std::function<bool()>& condition, Duration timeout,
                const std::source_location& where) {
  const Clock& clock = runtime::LocalActors(system.core()).clock();
  const TimePoint deadline = deadline_after(clock, timeout);
  SteppedWorld* world = world_of(system.core());
  const bool holds =
      world != nullptr ? world->run_until(condition, deadline) : poll(clock, condition, deadline);
  if (!holds) {
    throw ExpectationFailed("the condition did not hold within " + duration_text(timeout), where);
  }
}

}  // namespace troupe::testkit
