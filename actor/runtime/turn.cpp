#include <troupe/actor/middleware.hpp>
#include <troupe/actor/runtime/attention.hpp>
#include <troupe/actor/runtime/bounded_queue.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/tasks.hpp>
#include <troupe/actor/runtime/turn.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {

ContextScope::ContextScope(SystemCore& core, Cell& cell) noexcept : before_(this_thread) {
  this_thread.core = &core;
  this_thread.anchor = core.anchor;
  this_thread.cell = &cell;
  this_thread.envelope = nullptr;
  this_thread.sender = cell.id.load(std::memory_order_relaxed);
  this_thread.yields = false;
  this_thread.sent = 0;
}

ContextScope::~ContextScope() {
  if (this_thread.sent != 0) count_sent(*this_thread.core, this_thread.sent);
  this_thread = before_;
}

namespace {

/// Newest first becomes oldest first.
Envelope* reversed(Envelope* list) noexcept {
  Envelope* result = nullptr;
  while (list != nullptr) {
    Envelope* next = list->next;
    list->next = result;
    result = list;
    list = next;
  }
  return result;
}

/// One turn: the loop over the messages of one actor.
class Turn {
 public:
  Turn(SystemCore& core, Cell& cell) noexcept : core_(core), cell_(cell) {}
  ~Turn() {
    if (delivered_ != 0) count_handled(core_, delivered_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// True when the cell must be scheduled again. Throws what a handler throws; then it is called
  /// again.
  bool run();

 private:
  void handle_system();
  void handle_system_message(Envelope* envelope);
  /// Once it has ended, the cell may belong to another actor: nothing of it may be read any more.
  [[nodiscard]] bool ended() const noexcept { return this_thread.cell != &cell_; }
  [[nodiscard]] bool handles_ordinary() const noexcept {
    return cell_.status == Status::running && !cell_.blocked;
  }
  [[nodiscard]] bool park() noexcept;
  [[nodiscard]] Envelope* next_message();
  void handle(Envelope* envelope);
  void handle_user(Envelope* envelope);
  void handle_terminated(Envelope* envelope);
  void handle_timer(Envelope* envelope);

  SystemCore& core_;
  Cell& cell_;
  std::uint32_t handled_ = 0;    // Of any kind: the share of this turn.
  std::uint32_t delivered_ = 0;  // Of those that were counted when they were sent.
};

bool Turn::run() {
  while (true) {
    if (cell_.has_system_messages()) {
      if (std::exchange(this_thread.yields, false)) return true;
      handle_system();
      if (ended()) return false;
    }
    if (!handles_ordinary()) {
      if (park()) return false;
      continue;
    }
    if (handled_ >= turn_messages_max) return true;
    Envelope* envelope = next_message();
    if (envelope == nullptr) {
      if (go_idle(cell_)) return false;
      if (handled_ >= turn_messages) return true;
      continue;
    }
    handle(envelope);
    if (ended()) return false;
  }
}

/// The next ordinary message, or null when there is none or the share is used up.
Envelope* Turn::next_message() {
  if (cell_.batch == nullptr) {
    if (handled_ >= turn_messages) return nullptr;
    if (cell_.has_flag(flag_bounded)) [[unlikely]] {
      return cell_.bounded.load(std::memory_order_relaxed)->pop();
    }
    if (cell_.inbox.load(std::memory_order_relaxed) == Cell::empty) return nullptr;
    const std::uintptr_t taken = cell_.inbox.exchange(Cell::empty, std::memory_order_acquire);
    cell_.batch = reversed(reinterpret_cast<Envelope*>(taken));
  }
  Envelope* envelope = cell_.batch;
  cell_.batch = envelope->next;
  return envelope;
}

/// True when the cell now waits for a system message only.
bool Turn::park() noexcept {
  std::uintptr_t expected = Cell::empty;
  return cell_.system.compare_exchange_strong(expected, Cell::parked, std::memory_order_acq_rel);
}

void Turn::handle_system() {
  const std::uintptr_t taken = cell_.system.exchange(Cell::empty, std::memory_order_acq_rel);
  Envelope* list = taken > Cell::parked ? reversed(reinterpret_cast<Envelope*>(taken)) : nullptr;
  while (list != nullptr) {
    Envelope* envelope = list;
    list = envelope->next;
    if (ended()) {
      return_system_message(core_, envelope);
    } else {
      handle_system_message(envelope);
    }
  }
}

void Turn::handle_system_message(Envelope* envelope) {
  if (envelope->target != cell_.id.load(std::memory_order_relaxed)) {
    return return_system_message(core_, envelope);
  }
  note_handling(nullptr);
  const ActorId sender = envelope->sender;
  switch (envelope->kind) {
    case Kind::reply:
      if (!resume_wait(core_, cell_, envelope->ask().token, envelope)) {
        core_.late_replies.value.fetch_add(1, std::memory_order_relaxed);
      }
      break;
    case Kind::resume: static_cast<void>(resume_wait(core_, cell_, sender, nullptr)); break;
    case Kind::stop:
      stop(core_, cell_, sender == 1 ? StopReason::killed : StopReason::stopped);
      break;
    case Kind::watch: extras_of(cell_).watchers.push_back(sender); break;
    case Kind::unwatch: std::erase(extras_of(cell_).watchers, sender); break;
    case Kind::await_stopped:
      extras_of(cell_).stopped_waiters.push_back(envelope->ask());
      envelope->ask().token = 0;
      break;
    case Kind::child_failed:
      supervise(core_, cell_, sender, std::move(envelope->payload_as<ChildFailed>()));
      break;
    case Kind::child_stopped: child_ended(core_, cell_, sender); break;
    case Kind::directive: obey(core_, cell_, envelope->payload_as<Ruling>()); break;
    case Kind::timer_due: handle_timers_due(core_, cell_); break;
    default: break;
  }
  free_envelope(envelope);
}

void Turn::handle(Envelope* envelope) {
  if (envelope->target != cell_.id.load(std::memory_order_relaxed)) [[unlikely]] {
    return refuse(&cell_, envelope, ErrorCode::actor_stopped);
  }
  ++handled_;
  if (envelope->kind == Kind::user) [[likely]]
    return handle_user(envelope);
  switch (envelope->kind) {
    case Kind::encoded: return handle_user(envelope);
    case Kind::terminated: return handle_terminated(envelope);
    case Kind::timer: return handle_timer(envelope);
    case Kind::drain: free_envelope(envelope); return stop(core_, cell_, StopReason::stopped);
    default: return free_envelope(envelope);
  }
}

void Turn::handle_user(Envelope* envelope) {
  if (envelope->has_ask && core_.clock().coarse_now() > envelope->ask().deadline) [[unlikely]] {
    return refuse(&cell_, envelope, ErrorCode::expired);
  }
  this_thread.envelope = envelope;
  note_handling(envelope->type);
  ++delivered_;
  const bool known = cell_.attentive ? handle_attentively(core_, cell_, envelope)
                                     : cell_.actor_class->receive(cell_, envelope);
  if (!known) [[unlikely]] {
    --delivered_;
    this_thread.envelope = nullptr;
    return handle_unknown(core_, cell_, envelope);
  }
  if (this_thread.envelope == envelope) [[likely]] {
    this_thread.envelope = nullptr;
    if (envelope->awaits_answer()) [[unlikely]] {
      return discard(envelope);
    }
    free_envelope(envelope);
  }
}

void Turn::handle_terminated(Envelope* envelope) {
  this_thread.envelope = envelope;
  auto& notice = envelope->payload_as<Terminated>();
  Extras& extras = extras_of(cell_);
  if (extras.watching.erase(notice.ref.id()) != 0) {
    if (cell_.actor_class->on_terminated != nullptr) {
      cell_.actor_class->on_terminated(*cell_.instance, std::move(notice));
    } else {
      throw Failure(Error(
          ErrorCode::handler_failed,
          "watches " + notice.path + ", which ended, but has no handler on(troupe::Terminated)"));
    }
  }
  this_thread.envelope = nullptr;
  free_envelope(envelope);
}

void Turn::handle_timer(Envelope* envelope) {
  if (!take_timer_message(cell_, envelope)) return free_envelope(envelope);
  handle_user(envelope);
  --delivered_;  // A timer's message was never sent.
}

}  // namespace

bool run_turn(SystemCore& core, Cell& cell) noexcept {
  const ContextScope scope(core, cell);
  Turn turn(core, cell);
  bool again = false;
  if (cell.status == Status::starting) [[unlikely]] {
    start(core, cell);
    if (this_thread.cell != &cell) return false;
  }
  while (true) {
    auto failure = run_user_code(ErrorCode::handler_failed, [&] { again = turn.run(); });
    if (!failure) [[likely]]
      return again;
    Envelope* message = std::exchange(this_thread.envelope, nullptr);
    if (message != nullptr && message->awaits_answer()) answer_with_error(message, failure->error);
    fail(core, cell, std::move(*failure), message);
    if (this_thread.cell != &cell) return false;
  }
}

}  // namespace troupe::runtime
