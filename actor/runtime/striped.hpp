// Striped: a number that many threads change with each message, kept as several that add up, each
// on a cache line of its own. Threads that run at the same time mostly have different ones, so that
// no core has to take the line from another first. Not for what one thread changes alone, nor for
// what is read as often as it is changed.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace troupe::runtime {

/// More than run at the same time, in most programs, and are not workers.
inline constexpr std::uint32_t stripe_count = 8;

// One of each for the whole process, also for code that is compiled with hidden visibility.
[[gnu::visibility("default")]] inline constinit std::atomic<std::uint32_t> striped_threads{
    0};  ///< So far.
[[gnu::visibility("default")]] inline constinit thread_local std::uint32_t stripe_of_thread =
    stripe_count;  ///< None yet.

/// Which of the numbers this thread changes, as long as it lives: threads get them in turn.
[[nodiscard]] inline std::uint32_t own_stripe() noexcept {
  if (stripe_of_thread == stripe_count) [[unlikely]] {
    stripe_of_thread = striped_threads.fetch_add(1, std::memory_order_relaxed) % stripe_count;
  }
  return stripe_of_thread;
}

template <class T>
class Striped {
 public:
  /// This thread's. Any thread.
  [[nodiscard]] std::atomic<T>& own() noexcept { return stripes_[own_stripe()].value; }

  /// As each was at some moment. Any thread.
  [[nodiscard]] T sum() const noexcept {
    T sum = 0;
    for (const Stripe& stripe : stripes_) sum += stripe.value.load(std::memory_order_relaxed);
    return sum;
  }

  /// Calls `function` with each. Any thread.
  template <class F>
  void for_each(F function) noexcept {
    for (Stripe& stripe : stripes_) function(stripe.value);
  }

 private:
  struct alignas(64) Stripe {
    std::atomic<T> value{0};
  };
  std::array<Stripe, stripe_count> stripes_{};
};

}  // namespace troupe::runtime
