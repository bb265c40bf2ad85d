#include <troupe/actor/runtime/ask_deadline.hpp>

#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/cell.hpp>
#include <troupe/actor/runtime/system_core.hpp>

namespace troupe::runtime {

TimePoint deadline_of(const Cell& asker, Duration timeout) noexcept {
  return deadline_after(asker.anchor.load(std::memory_order_relaxed)->core()->clock(), timeout);
}

Error ask_timed_out(const AnyRef& target, Duration timeout) {
  return {
      ErrorCode::timeout,
      "no answer from " + target.path() + " within " +
          std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count()) +
          " ms"};
}

Error negative_timeout(Duration timeout) {
  return bad_setting("the time-out of an ask is " + std::to_string(timeout.count()) +
                     " ns, but must be 0 or more");
}

}  // namespace troupe::runtime
