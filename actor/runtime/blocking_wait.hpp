// Blocking waits: a thread, be it an actor's that may block, waits for a future.
#pragma once

namespace troupe::runtime {

class FutureBase;

/// Returns when the future is done. Drives the actors of a system that runs only when it is driven.
/// Where the wait would hold up other actors, is in a continuation, or is for what waits for this
/// actor itself, the future fails with `deadlock` instead.
void block_until_done(FutureBase& future) noexcept;

}  // namespace troupe::runtime
