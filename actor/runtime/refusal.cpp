#include <troupe/actor/runtime/refusal.hpp>

#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/end_notice.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <utility>

namespace troupe::runtime {

namespace {

/// The reason for an asker whose request was refused.
Error refusal(ErrorCode reason, const std::string& target) {
  switch (reason) {
    case ErrorCode::mailbox_full:
      return {reason, "the mailbox of " + target + " is full", Execution::not_executed};
    case ErrorCode::expired:
      return {ErrorCode::timeout, "the ask expired in the mailbox of " + target,
              Execution::not_executed};
    case ErrorCode::unknown_type:
      return {reason, target + " has no handler for this message", Execution::not_executed};
    case ErrorCode::shutdown:
      return {ErrorCode::actor_stopped, "the actor system was shut down", Execution::not_executed};
    case ErrorCode::no_such_actor:
      return {reason, "there is no actor " + target, Execution::not_executed};
    case ErrorCode::limit_reached:
      return {reason, "there is no memory for a message to " + target, Execution::not_executed};
    case ErrorCode::not_serialisable:
      return {reason, "the message cannot be stored in the mailbox of " + target,
              Execution::not_executed};
    case ErrorCode::storage_unavailable:
    case ErrorCode::storage_full:
    case ErrorCode::frame_too_large:
      return {reason, "storage did not take the message to " + target, Execution::not_executed};
    default: return {reason, target + " has stopped", Execution::not_executed};
  }
}

/// Tells the asker; for want of memory its time's end does.
template <class F>
void answer_refused(Envelope* envelope, ErrorCode reason, const F& target) noexcept {
  if (!succeeds([&] { answer_with_error(envelope, refusal(reason, target())); })) {
    leave_unanswered(*envelope);
  }
}

std::string sender_path_of(const SystemCore& core, Envelope& envelope) {
  const AnyRef sender = sender_of(envelope);
  if (!sender) return "";
  return sender.is_remote() ? sender.path() : path_of(core, sender.id());
}

}  // namespace

void refuse(Cell* cell, Envelope* envelope, ErrorCode reason) noexcept {
  refuse_in(books_of(*cell, *envelope), envelope,
            envelope->target != 0 ? reason : ErrorCode::no_such_actor);
}

SystemAnchor* books_of(const Cell& cell, const Envelope& envelope) noexcept {
  SystemAnchor* anchor = cell.anchor.load(std::memory_order_relaxed);
  const ActorId lives = cell.id.load(std::memory_order_relaxed) - envelope.target;
  const bool free = lives == 1 && cell.inbox.load(std::memory_order_relaxed) == Cell::closed;
  const bool known = anchor != nullptr && anchor->core() != nullptr && (lives == 0 || free);
  return known || this_thread.anchor == nullptr ? anchor : this_thread.anchor;
}

namespace {

Settled outcome_of_refused(const Envelope& envelope, ErrorCode reason) noexcept {
  switch (reason) {
    case ErrorCode::expired: return Settled::expired;
    case ErrorCode::unknown_type:
    case ErrorCode::malformed: return Settled::unusable;
    case ErrorCode::shutdown: return Settled::kept;
    default: break;
  }
  const Cell* cell = this_thread.cell;
  const bool is_ending = cell != nullptr && cell->status == Status::stopping &&
                         cell->id.load(std::memory_order_relaxed) == envelope.target;
  return is_ending ? Settled::kept : Settled::failed;
}

/// Tells the mailbox of a message that has a ticket. True where that keeps the message on storage:
/// then it is no dead letter, and the envelope is gone.
bool goes_back(SystemAnchor* anchor, Envelope* envelope, ErrorCode reason) noexcept {
  const SystemVisit core(anchor);
  const auto target = [&] {
    return core && envelope->target != 0 ? path_of(*core, envelope->target) : std::string("nobody");
  };
  const Settled outcome = outcome_of_refused(*envelope, reason);
  std::optional<Error> error;
  static_cast<void>(succeeds([&] { error = refusal(reason, target()); }));
  settle_ticket(*envelope, outcome, error ? &*error : nullptr);
  if (outcome == Settled::expired || outcome == Settled::unusable) return false;
  if (core) core->stored.value.fetch_add(1, std::memory_order_relaxed);
  if (envelope->awaits_answer()) {
    count_so_far();
    answer_refused(envelope, reason, target);
  }
  free_envelope(envelope);
  return true;
}

}  // namespace

void refuse_in(SystemAnchor* anchor, Envelope* envelope, ErrorCode reason) noexcept {
  if (has_ticket(*envelope) && goes_back(anchor, envelope, reason)) return;
  const bool counts = was_sent(envelope->kind);
  if (const SystemVisit core(anchor); core) {
    const auto target = [&] {
      return envelope->target != 0 ? path_of(*core, envelope->target) : std::string("nobody");
    };
    for (std::uint32_t left = messages_in(*envelope); left > 0; --left) {
      if (counts) {
        core->add_dead_letter(reason, [&] {
          return DeadLetter{reason, target(), sender_path_of(*core, *envelope),
                            type_name_of(*envelope)};
        });
      }
      report_dropped(*envelope, reason);
    }
    // The books hold it before the asker hears of it.
    if (envelope->awaits_answer()) {
      count_so_far();
      answer_refused(envelope, reason, target);
    }
  } else if (envelope->awaits_answer()) {
    answer_refused(envelope, reason, [] { return std::string("nobody"); });
  }
  free_envelope(envelope);
}

void return_system_message(SystemCore& core, Envelope* envelope) noexcept {
  switch (envelope->kind) {
    case Kind::watch: {
      const ActorId target = envelope->target;
      tell_watcher(watcher_of(*envelope), {AnyRef(find_cell(target), target), path_of(core, target),
                                           StopReason::no_such_actor});
      break;
    }
    case Kind::await_stopped: {
      AskPart& ask = envelope->ask();
      Envelope* reply = make_envelope(Kind::reply, 0, envelope->target, Unit{});
      ask.sink->complete(std::exchange(ask.token, 0), reply);
      ask.sink->release();
      break;
    }
    case Kind::tell_depth:
    case Kind::tell_types:
      answer_with_error(envelope, Error(ErrorCode::actor_stopped, "the actor has ended"));
      break;
    case Kind::reply: core.late_replies.value.fetch_add(1, std::memory_order_relaxed); break;
    default: break;
  }
  free_envelope(envelope);
}

}  // namespace troupe::runtime
