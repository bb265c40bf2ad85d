// NumberedUse: who uses memory that stands for one thing after the other, and for which of them.
//
// Each of the things has a number, which refs to it carry. Who uses one has entered before he
// compares the number; who ends it finds nobody there and changes the number in one step. Who
// enters later sees another number and reads nothing.
//
//   number   odd: the memory stands for that thing; even: for nothing at present
#pragma once

#include <atomic>
#include <cstdint>
#include <troupe/base/hand_over.hpp>

namespace troupe::transport {

/// Any thread; begin() and end() by whoever owns the memory, one at a time.
class NumberedUse {
 public:
  /// The memory stands for the next thing from now on, which was written before, and which is this
  /// owner's; owners have numbers, and follow each other.
  void begin(std::uint64_t owner = 0) noexcept {
    if (owner_.load(relaxed) != owner) {
      former_.store(number(), relaxed);
      owner_.store(owner, relaxed);
    }
    shows(&state_);
    state_.fetch_add(one_number, std::memory_order_release);
  }
  /// Ends what it stands for. False, and nothing done, where somebody uses it at this moment.
  [[nodiscard]] bool end() noexcept {
    std::uint64_t state = state_.load(std::memory_order_acquire);
    sees(&state_);
    shows(&state_);
    return (state & users_mask) == 0 &&
           state_.compare_exchange_strong(state, state + one_number, std::memory_order_acq_rel);
  }

  /// Of what it stands for, or stood for last.
  [[nodiscard]] std::uint32_t number() const noexcept {
    return static_cast<std::uint32_t>(state_.load(std::memory_order_relaxed) >> number_shift);
  }

  /// Whether the thing with this number, or for 0 the present one, is or was this owner's. It may
  /// be wrong where another owner comes at this moment.
  [[nodiscard]] bool is_of(std::uint64_t owner, std::uint64_t number) const noexcept {
    return owner_.load(relaxed) == owner && (number == 0 || number > former_.load(relaxed));
  }

  /// Whether somebody has used it since the last call.
  [[nodiscard]] bool take_note() noexcept { return noted_.exchange(false, relaxed); }
  [[nodiscard]] bool is_noted() const noexcept { return noted_.load(relaxed); }
  void note() noexcept {
    if (!noted_.load(relaxed)) noted_.store(true, relaxed);
  }

  /// Keeps what it stands for from ending until leave(). False where that is not the one with this
  /// number, or, for 0, where it is nothing; leave() is called even so.
  [[nodiscard]] bool enter(std::uint64_t number) noexcept {
    const std::uint64_t now = state_.fetch_add(1, std::memory_order_acquire) >> number_shift;
    sees(&state_);
    const bool is_meant = number != 0 ? now == number : now % 2 == 1;
    if (is_meant) note();
    return is_meant;
  }
  void leave() noexcept {
    shows(&state_);
    state_.fetch_sub(1, std::memory_order_release);
  }
  /// One more, of those who have entered.
  void enter_again() noexcept { state_.fetch_add(1, std::memory_order_acquire); }

 private:
  static constexpr auto relaxed = std::memory_order_relaxed;
  static constexpr unsigned number_shift = 32;
  static constexpr std::uint64_t one_number = std::uint64_t{1} << number_shift;
  static constexpr std::uint64_t users_mask = one_number - 1;

  std::atomic<std::uint64_t> state_{0};  // The number, and how many use it.
  std::atomic<std::uint64_t> owner_{0};
  std::atomic<std::uint32_t> former_{0};  // The last number before this owner's.
  std::atomic<bool> noted_{false};
};

/// Has entered as long as it lives.
class NumberedVisit {
 public:
  NumberedVisit(NumberedUse& use, std::uint64_t number) noexcept
      : use_(use), is_meant_(use.enter(number)) {}
  ~NumberedVisit() { use_.leave(); }
  NumberedVisit(const NumberedVisit&) = delete;
  NumberedVisit& operator=(const NumberedVisit&) = delete;

  /// Whether the memory stands for what was meant.
  explicit operator bool() const noexcept { return is_meant_; }

 private:
  NumberedUse& use_;
  const bool is_meant_;
};

}  // namespace troupe::transport
