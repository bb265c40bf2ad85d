// Asymmetric barrier: a store-load barrier between two threads that costs one of them nothing.
//
// Two threads each store to one place and then load the other's. With light_barrier() between the
// two in the one, and heavy_barrier() in the other, at least one of them sees the other's store, as
// if both had a sequentially consistent fence there. The light one keeps only the compiler from
// moving anything; the heavy one makes every core that runs a thread of this process pass a full
// fence. The pair is asymmetric_thread_fence_light() and _heavy() of WG21 P1202R5; Linux has it as
// membarrier(2), MEMBARRIER_CMD_PRIVATE_EXPEDITED.
#pragma once

#include <atomic>

namespace troupe::runtime {

/// Whether heavy_barrier() works here. Makes it so where the system can; call it before any thread
/// relies on that. Any thread.
[[nodiscard]] bool enable_heavy_barrier() noexcept;

/// Takes a few microseconds. False when it did nothing, as where it was not enabled. Any thread.
[[nodiscard]] bool heavy_barrier() noexcept;

inline void light_barrier() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }

}  // namespace troupe::runtime
