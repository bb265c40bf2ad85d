// Intake: how much has come to a mailbox from one sender and is not handled yet, as two sums: what
// came, which one thread adds to, and what was handled, which any thread adds to.
//
// The two lie on lines of their own, and whoever delivers seldom looks at the other, so that
// counting costs one addition for each message, or for each run of messages.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace troupe::runtime {

/// Hears that there is room again. Outlives all receipts.
class RoomListener {
 public:
  /// Any thread.
  virtual void made_room() noexcept = 0;

 protected:
  ~RoomListener() = default;
};

class Intake {
 public:
  /// What is counted here counts in `whole` too, if there is one. Both outlive all receipts.
  explicit Intake(RoomListener& listener, Intake* whole = nullptr) noexcept
      : whole_(whole), listener_(listener) {}

  // The thread that delivers.

  /// So much has come.
  void give(std::uint64_t weight) noexcept {
    given_ += weight;
    if (whole_ != nullptr) whole_->give(weight);
  }
  /// What has come and is not handled.
  [[nodiscard]] std::uint64_t outstanding() const noexcept {
    return given_ - taken_.load(std::memory_order_acquire);
  }
  /// The listener is to hear, once, when no more than so much is outstanding of what has come so
  /// far. Not where that is so already, and perhaps not where it comes to be so at this moment.
  void call_at(std::uint64_t outstanding) noexcept { mark_.store(given_ - outstanding); }
  void call_never() noexcept { mark_.store(UINT64_MAX); }

  /// So much was handled. Any thread.
  void take(std::uint64_t weight) noexcept {
    Intake* const whole = whole_;
    RoomListener& listener = listener_;
    const std::uint64_t mark = mark_.load(std::memory_order_relaxed);
    const std::uint64_t before = taken_.fetch_add(weight, std::memory_order_acq_rel);
    // With nothing outstanding this may be gone now.
    if (before < mark && mark <= before + weight) [[unlikely]]
      listener.made_room();
    if (whole != nullptr) whole->take(weight);
  }

 private:
  Intake* const whole_;
  RoomListener& listener_;
  std::uint64_t given_ = 0;
  alignas(64) std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> mark_{UINT64_MAX};
};

/// Says once, when it ends, that what it is for was handled. A copy is for nothing.
class Receipt {
 public:
  Receipt() noexcept = default;
  /// Counts it as having come. The thread that delivers.
  Receipt(Intake& intake, std::uint64_t weight) noexcept : intake_(&intake), weight_(weight) {
    intake.give(weight);
  }
  Receipt(const Receipt& /*other*/) noexcept {}
  Receipt(Receipt&& other) noexcept
      : intake_(std::exchange(other.intake_, nullptr)), weight_(other.weight_) {}
  Receipt& operator=(const Receipt&) = delete;
  Receipt& operator=(Receipt&&) = delete;
  ~Receipt() {
    if (intake_ != nullptr) intake_->take(weight_);
  }

 private:
  Intake* intake_ = nullptr;
  std::uint64_t weight_ = 0;
};

}  // namespace troupe::runtime
