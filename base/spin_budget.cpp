#include <troupe/base/spin_budget.hpp>

#include <sched.h>

namespace troupe {

bool Spin::goes_on() noexcept {
  const TimePoint before = clock_.now();
  if (before >= until_ || ++looks_ > looks_max) return false;
  ::sched_yield();
  return clock_.now() - before <= empty_yield_max;
}

}  // namespace troupe
