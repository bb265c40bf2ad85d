// SystemAnchor: what a cell knows of its system. It outlives the system, so that a thread which
// holds a stale ref can find out, safely, that the system is gone.
//
// A thread that is not one of the system's workers enters before it uses the system and leaves
// after. close() returns when nobody is inside and nobody can enter any more. Threads do that with
// each message that they send, so their visits are counted in stripes. Anchors are pooled and never
// given back.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <troupe/actor/runtime/striped.hpp>
#include <troupe/base/hand_over.hpp>
#include <vector>

namespace troupe::runtime {

class SystemCore;

class SystemAnchor {
 public:
  /// The system, which stays until leave() is called; null when it is gone. Any thread.
  ///
  /// The thread's count goes up before the pointer is read, and close() clears the pointer before
  /// it reads that count; all four are sequentially consistent, so either the visitor sees null or
  /// close() waits. It reads one count after the other: who enters by one that was read already
  /// sees null.
  [[nodiscard]] SystemCore* enter() noexcept {
    visitors_.own().fetch_add(1, std::memory_order_seq_cst);
    if (SystemCore* core = core_.load(std::memory_order_seq_cst)) {
      sees(&core_);
      return core;
    }
    leave();
    return nullptr;
  }
  /// By the thread that has entered.
  void leave() noexcept {
    std::atomic<std::uint32_t>& visitors = visitors_.own();
    shows(&visitors);
    if (visitors.fetch_sub(1, std::memory_order_seq_cst) == 1) visitors.notify_all();
  }

  /// The system without a protection of its own: for its workers, and for those who are inside.
  [[nodiscard]] SystemCore* core() const noexcept { return core_.load(std::memory_order_relaxed); }

  void open(SystemCore* core) noexcept {
    shows(&core_);
    core_.store(core, std::memory_order_seq_cst);
  }
  void close() noexcept;

  [[nodiscard]] static SystemAnchor* allocate();
  /// After close(). A later system may get the same anchor.
  static void free(SystemAnchor* anchor) noexcept;
  /// As free(), for a system with actors that never ended: their cells may still be pushed to, and
  /// must not pass for another system's, so nobody gets this anchor again. What was lent to the
  /// system is kept with it.
  static void retire(SystemAnchor* anchor, std::vector<std::shared_ptr<void>> lent) noexcept;

 private:
  std::atomic<SystemCore*> core_{nullptr};
  SystemAnchor* next_free_ = nullptr;
  std::vector<std::shared_ptr<void>> lent_;
  Striped<std::uint32_t> visitors_;
};

/// Enters for a scope: `if (SystemVisit core{anchor}) core->...`.
class SystemVisit {
 public:
  explicit SystemVisit(SystemAnchor* anchor) noexcept
      : anchor_(anchor), core_(anchor != nullptr ? anchor->enter() : nullptr) {}
  ~SystemVisit() {
    if (core_ != nullptr) anchor_->leave();
  }
  SystemVisit(const SystemVisit&) = delete;
  SystemVisit& operator=(const SystemVisit&) = delete;

  explicit operator bool() const noexcept { return core_ != nullptr; }
  SystemCore* operator->() const noexcept { return core_; }
  SystemCore& operator*() const noexcept { return *core_; }

 private:
  SystemAnchor* anchor_;
  SystemCore* core_;
};

}  // namespace troupe::runtime
