#include <troupe/actor/ports/shutdown_gate.hpp>

#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

ShutdownReport refused(const char* why) {
  ShutdownReport report;
  report.refusal = why;
  return report;
}

bool runs_here(const SystemCore& core) noexcept {
  return this_thread.core == &core || this_thread.never_waits ||
         (this_thread.worker != nullptr && this_thread.worker->anchor() == core.anchor);
}

}  // namespace

const char* ShutdownGate::reason_not_to_wait(const SystemCore& core) const noexcept {
  if (by_ == std::this_thread::get_id()) return "this thread is shutting it down already";
  if (!runs_here(core)) return "";
  return "another thread shuts it down, and waits for what runs here: a handler, or a function "
         "given to then()";
}

ShutdownReport ShutdownGate::pass(const SystemCore& core, TimePoint deadline,
                                  const std::function<ShutdownReport()>& shut_down) {
  {
    std::unique_lock lock(mutex_);
    if (report_) return *report_;
    if (under_way_) {
      if (const char* why = reason_not_to_wait(core); *why != '\0') return refused(why);
    }
    if (this_thread.keeps_time_of == &core) {
      return refused(
          "this thread keeps the system's time or serves its links, as where it calls a log sink: "
          "shut it down on another thread");
    }
    const Duration left = later(deadline, patience) - core.clock().now();
    if (!changed_.wait_for(lock, waitable(left), [this] { return !under_way_; })) {
      return refused("another thread was still shutting it down when the time was over");
    }
    if (report_) return *report_;
    under_way_ = true;
    by_ = std::this_thread::get_id();
  }
  struct Reopening {
    ShutdownGate& gate;
    std::optional<ShutdownReport> report = std::nullopt;
    ~Reopening() {
      const std::lock_guard lock(gate.mutex_);
      gate.report_ = std::move(report);
      gate.under_way_ = false;
      gate.by_ = {};
      gate.changed_.notify_all();
    }
  } reopening{*this};
  ShutdownReport report = shut_down();
  if (report.refusal.empty()) reopening.report = report;
  return report;
}

}  // namespace troupe::runtime
