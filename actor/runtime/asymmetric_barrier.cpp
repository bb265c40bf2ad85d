#include <troupe/actor/runtime/asymmetric_barrier.hpp>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace troupe::runtime {

#if defined(__linux__)

bool enable_heavy_barrier() noexcept {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

bool heavy_barrier() noexcept {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

#else

bool enable_heavy_barrier() noexcept { return false; }

bool heavy_barrier() noexcept { return false; }

#endif

}  // namespace troupe::runtime
