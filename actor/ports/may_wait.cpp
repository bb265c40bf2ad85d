#include <troupe/actor/ports/may_wait.hpp>

#include <troupe/actor/runtime/continuation_threads.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <utility>

namespace troupe::runtime {

MayWait::MayWait() noexcept
    : before_(std::exchange(this_thread.never_waits,
                            this_thread.never_waits && !ContinuationThreads::is_one())) {}
MayWait::~MayWait() { this_thread.never_waits = before_; }

}  // namespace troupe::runtime
