// SpinningMutex: a mutex for what is held for much less than it takes to sleep and be woken.
#pragma once

#include <mutex>

namespace troupe {

/// A std::mutex whose lock() looks for a while before it sleeps, so that two threads that use it
/// all the time do not pay for a sleep and a wake-up, two system calls, each time they meet. Never
/// held while its owner waits for anything. Lockable; any thread.
class SpinningMutex {
 public:
  /// How often lock() looks before it sleeps: some microseconds, about what a sleep costs.
  static constexpr int looks_max = 100;

  /// Not recursive, like std::mutex. Which of those that wait gets it next is not said.
  void lock() {
    for (int looks = 0; looks < looks_max; ++looks) {
      if (mutex_.try_lock()) return;
      relax();
    }
    mutex_.lock();
  }
  /// Looks once, and may fail though nobody holds it, as std::mutex's may.
  [[nodiscard]] bool try_lock() { return mutex_.try_lock(); }
  /// For the thread that holds it. Wakes one of those that sleep.
  void unlock() { mutex_.unlock(); }

 private:
  static void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  std::mutex mutex_;
};

}  // namespace troupe
