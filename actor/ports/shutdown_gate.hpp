// ShutdownGate: of all who call for the end of a system, or of a node, one carries it out, and all
// hear how it went. No lock is held meanwhile, so that it may call code of users'.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <troupe/actor/shutdown_report.hpp>
#include <troupe/base/clock.hpp>

namespace troupe::runtime {

class SystemCore;

/// Any thread.
class ShutdownGate {
 public:
  /// How much longer than its own deadline somebody waits for the report of who carries it out, who
  /// may have the same deadline.
  static constexpr Duration patience = std::chrono::seconds(2);

  /// Carries out `shut_down`, or waits for another call that does so, until `deadline`, and returns
  /// the report, which is the same for all. Refused, in the report's words:
  ///   - where this thread keeps the system's time, serves its links, or carries it out already;
  ///   - where another one carries it out, and waits for what runs here: a handler, or a function
  ///     given to then();
  ///   - where another one is not done in time.
  /// What `shut_down` throws is thrown, and the next caller carries it out again; the same where
  /// its report is itself a refusal.
  [[nodiscard]] ShutdownReport pass(const SystemCore& core, TimePoint deadline,
                                    const std::function<ShutdownReport()>& shut_down);

 private:
  /// Why there is nothing to wait for; empty where there is.
  [[nodiscard]] const char* reason_not_to_wait(const SystemCore& core) const noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<ShutdownReport> report_;
  bool under_way_ = false;
  std::thread::id by_;
};

}  // namespace troupe::runtime
