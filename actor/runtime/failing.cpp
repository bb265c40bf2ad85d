#include <troupe/actor/runtime/failing.hpp>

#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/actor_class.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/extras.hpp>
#include <troupe/actor/runtime/lanes.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/set_aside.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <utility>

namespace troupe::runtime {
namespace {

/// Answers the asker of a message whose handler failed, also where the handler has put it aside.
void answer_failed(Cell& cell, Envelope* message, const Error& error) {
  if (cell.extras != nullptr) {
    if (const EnvelopePtr stashed = cell.extras->stash.take_back(*message)) {
      swap_share(*stashed, *message);
      --this_thread.sent;  // It is not handled again; below 0 until the turn's count is added.
      if (stashed->has_ask) std::swap(message->ask(), stashed->ask());
    }
  }
  if (!succeeds([&] { answer(message, error); })) leave_unanswered(*message);
}

void note_unreported(Cell& cell, bool is_unreported) noexcept {
  constexpr std::uint16_t both = flag_unreported | flag_start_unreported;
  if (is_unreported) {
    cell.flags.fetch_or(flag_unreported, std::memory_order_relaxed);
  } else if ((cell.flags.load(std::memory_order_relaxed) & both) != 0) {
    cell.flags.fetch_and(static_cast<std::uint16_t>(~both), std::memory_order_relaxed);
  }
}

/// Until the instance is asked what becomes of it; or the message is gone, and comes again from
/// where it came if it has a ticket.
void keep_failed(const Cell& cell, Envelope* message, const Error* error) noexcept {
  if (message == nullptr) return;
  if (was_sent(message->kind) && cell.extras != nullptr && cell.actor_class->keeps_message) {
    cell.extras->failed_message = message;
  } else {
    settle_ticket(*message, Settled::failed, error);
    free_envelope(message);
  }
}

void log_failure_of_failed(SystemCore& core, Cell& cell, const Error& error) noexcept {
  static_cast<void>(succeeds([&] {
    if (const auto log = core.failure_log(LogLevel::error, id_of(cell))) {
      log->error("failed where nobody decides about it, again, or while it was ending: {}",
                 error.context());
    }
  }));
}

/// Ends one that has failed and is to end after its present message anyway.
void end_failed(SystemCore& core, Cell& cell) {
  if (const auto log = core.failure_log(LogLevel::warn, id_of(cell))) {
    log->warn("failed: {}; its stop policy ends it", cell.extras->failure->error.context());
  }
  stop(core, cell, StopReason::failed);
}

/// Where it was a write to storage that has failed, the actor recovers, and nobody decides about
/// it; the message comes again, if it has a ticket. What the recovery throws is a failure in its
/// place.
bool recover(SystemCore& core, Cell& cell, ChildFailed& failure, Envelope*& message) {
  if (cell.actor_class->recover == nullptr) return false;
  if (cell.extras != nullptr && cell.extras->stop_after_current) return false;  // It ends anyway.
  bool recovers = false;
  auto thrown =
      run_user_code(ErrorCode::start_failed, [&] { recovers = cell.actor_class->recover(cell); });
  if (!recovers && !thrown) return false;
  if (message != nullptr) {
    if (has_ticket(*message)) take_back_unstashed(core, cell);
    settle_ticket(*message, Settled::kept);
    free_envelope(std::exchange(message, nullptr));
  }
  if (thrown) {
    failure = *std::move(thrown);
    return false;
  }
  return true;
}

}  // namespace

void fail(SystemCore& core, Cell& cell, ChildFailed failure, Envelope* message) {
  if (message != nullptr) answer_failed(cell, message, failure.error);
  if (cell.status != Status::running) {
    // One failure of an instance is enough: its supervisor decides once.
    if (message != nullptr) {
      settle_ticket(*message, Settled::failed, &failure.error);
      free_envelope(message);
    }
    return log_failure_of_failed(core, cell, failure.error);
  }
  if (recover(core, cell, failure, message)) return;
  Cell* parent = cell.parent.load(std::memory_order_relaxed);
  if (parent == nullptr) {  // The guardian, which nobody decides about, goes on.
    if (message != nullptr) free_envelope(message);
    return log_failure_of_failed(core, cell, failure.error);
  }
  const bool is_repeated = message != nullptr && has_failed_before(*message);
  if (message != nullptr && has_ticket(*message)) take_back_unstashed(core, cell);
  Envelope* report = nullptr;
  const bool has_memory = succeeds([&] {
    Extras& extras = extras_of(cell);
    if (cell.has_flag(flag_start_unreported)) extras.start_failed = true;
    std::optional<ChildFailed> kept = failure;
    if (!extras.stop_after_current) {
      report = make_envelope(
          Kind::child_failed, id_of(*parent), id_of(cell),
          FailureReport{std::move(failure), extras.group_decision_applied, is_repeated});
    }
    extras.failure = std::move(kept);
  });
  cell.status = Status::failed;
  const bool is_kept = cell.extras != nullptr && cell.extras->failure;
  keep_failed(cell, message, is_kept ? &cell.extras->failure->error : nullptr);
  note_unreported(cell, !has_memory);
  if (!has_memory) return;
  if (report == nullptr) {
    end_failed(core, cell);
  } else if (!deliver_system(parent, report)) {
    free_envelope(report);
  }
}

void report_failure_again(SystemCore& core, Cell& cell) {
  std::string words;
  if (!succeeds([&] { words = "how is not known: there was no memory to tell of it"; })) return;
  cell.status = Status::running;
  fail(core, cell, {Error(ErrorCode::handler_failed, std::move(words)), nullptr}, nullptr);
}

}  // namespace troupe::runtime
