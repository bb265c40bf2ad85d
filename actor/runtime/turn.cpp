#include <troupe/actor/runtime/turn.hpp>

#include <algorithm>
#include <troupe/actor/middleware.hpp>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/actor_timers.hpp>
#include <troupe/actor/runtime/context_scope.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/ending.hpp>
#include <troupe/actor/runtime/handling_times.hpp>
#include <troupe/actor/runtime/interception.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/open_turn.hpp>
#include <troupe/actor/runtime/refusal.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/set_aside.hpp>
#include <troupe/actor/runtime/system_messages.hpp>
#include <troupe/actor/runtime/take_reply.hpp>
#include <troupe/actor/runtime/taken_system_messages.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/actor/runtime/watching.hpp>
#include <troupe/actor/runtime/worker.hpp>
#include <troupe/base/hand_over.hpp>

namespace troupe::runtime {
namespace {

/// Messages of timers and of the node itself were never sent.
bool is_in_books(const Envelope& envelope) noexcept {
  return envelope.kind != Kind::timer && envelope.kind != Kind::notice;
}

bool is_unreported(const Cell& cell) noexcept {
  return cell.status == Status::failed && cell.has_flag(flag_unreported);
}

/// Whether its handling changes nothing where it fails, and fails for want of memory alone: what
/// users' code throws is caught within.
bool may_be_repeated(Kind kind) noexcept {
  return kind == Kind::watch || kind == Kind::unwatch || kind == Kind::await_stopped ||
         kind == Kind::stop || kind == Kind::child_failed || kind == Kind::directive;
}

/// One turn: the loop over the messages of one actor.
class Turn : public OpenTurn {
 public:
  Turn(SystemCore& core, Cell& cell) noexcept : OpenTurn(core, cell), id_(id_of(cell)) {
    if (cell.has_flag(flag_blocking)) [[unlikely]]
      ends_at_ = core.clock().now() + blocking_turn;
  }

  /// True when the cell must be scheduled again. Throws what a handler throws; then it is called
  /// again, after detach_in_place().
  bool run();

 private:
  [[nodiscard]] bool refuse_the_rest();
  [[nodiscard]] bool handle_system();
  /// Once it has ended, the cell may belong to another actor: nothing of it may be read any more.
  [[nodiscard]] bool ended() const noexcept { return this_thread.cell != &cell_; }
  [[nodiscard]] bool handles_ordinary() const noexcept {
    return cell_.status == Status::running && !cell_.blocked;
  }
  [[nodiscard]] bool has_used_its_time() const noexcept {
    return ends_at_ != TimePoint::max() && handled_ != 0 && core_.clock().now() >= ends_at_;
  }
  [[nodiscard]] bool park() noexcept;
  [[nodiscard]] Envelope* next_message();
  [[nodiscard]] Envelope* next_of_queued();
  // Each is true when the envelope is done with, and false when somebody has taken it over.
  [[nodiscard]] bool handle(Envelope* envelope);
  [[nodiscard]] bool handle_user(Envelope* envelope);
  [[nodiscard]] bool handle_ticketed(Envelope* envelope);
  [[nodiscard]] bool handle_encoded(Envelope* envelope);
  void pass_first(Envelope* envelope) noexcept;
  [[nodiscard]] Envelope* first_of(Envelope* envelope);
  [[nodiscard]] bool handle_terminated(Envelope* envelope);
  [[nodiscard]] bool handle_timer(Envelope* envelope);
  [[nodiscard]] bool refused(Envelope* envelope, ErrorCode reason);
  [[nodiscard]] bool is_expired(Envelope& envelope) const;

  const ActorId id_;                      // The cell's own is where senders write.
  std::uint32_t handled_ = 0;             // Of any kind: the share of this turn.
  std::uint32_t share_ = 0;               // Of an actor with a QueuedMailbox, once it is known.
  TimePoint ends_at_ = TimePoint::max();  // For one that blocks, whose messages are no measure.
};

bool Turn::run() {
  while (true) {
    if (core_.past_deadline.load(std::memory_order_relaxed)) [[unlikely]]
      return refuse_the_rest();
    if (cell_.has_system_messages()) [[unlikely]] {
      if (std::exchange(this_thread.yields, false)) return true;
      const bool had_memory = handle_system();
      if (ended()) return false;
      if (!had_memory) return true;  // The next turn tries again.
    }
    if (!handles_ordinary()) [[unlikely]] {
      if (is_unreported(cell_) || is_untold(cell_)) return true;  // As above.
      if (park()) return false;
      continue;
    }
    if (handled_ >= turn_messages_max || has_used_its_time()) return true;
    Envelope* envelope = next_message();
    if (envelope == nullptr) {
      if (go_idle(cell_)) return false;
      if (handled_ >= turn_messages) return true;
      continue;
    }
    const bool done_with = handle(envelope);
    if (in_place_ == nullptr) {
      if (done_with) free_envelope(envelope);
      if (ended()) return false;
      continue;
    }
    if (handles_ordinary() && cell_.batch == nullptr &&
        swap_for_idle(cell_, reinterpret_cast<std::uintptr_t>(in_place_))) {
      in_place_ = nullptr;
      if (done_with) free_envelope(envelope);
      if (rests(cell_, id_)) return false;
    } else {
      detach_in_place();
      if (done_with) free_envelope(envelope);
    }
  }
}

/// After the shutdown's deadline: what waits is refused. Where no thread runs actors any more, the
/// actor is ended as well, if it was told to.
bool Turn::refuse_the_rest() {
  count_so_far();  // Before what is refused is in the books.
  close_mailbox(core_, cell_);
  if (!core_.ends_the_rest) return false;
  const bool had_memory = !cell_.has_system_messages() || handle_system();
  return !ended() && (!had_memory || is_untold(cell_));
}

/// The next ordinary message, or null when there is none or the share is used up.
Envelope* Turn::next_message() {
  if (cell_.batch == nullptr) {
    if (cell_.has_flag(flag_queued)) [[unlikely]] {
      // In the inbox lies only what a sender with an old ref meant for the cell's last actor.
      if (Envelope* envelope = next_of_queued()) return envelope;
    }
    if (handled_ >= turn_messages) return nullptr;
    const std::uintptr_t head = cell_.inbox.load(std::memory_order_acquire);
    if (head == Cell::empty) return nullptr;
    sees(&cell_.inbox);
    auto* newest = reinterpret_cast<Envelope*>(head);
    if (newest->next == nullptr) return in_place_ = newest;
    const std::uintptr_t taken = cell_.inbox.exchange(Cell::empty, std::memory_order_acquire);
    sees(&cell_.inbox);
    cell_.batch = reversed(reinterpret_cast<Envelope*>(taken));
  }
  Envelope* envelope = cell_.batch;
  cell_.batch = envelope->next;
  return envelope;
}

/// As much as an unbounded mailbox would give: what was there at the start, and a few more.
Envelope* Turn::next_of_queued() {
  if (handled_ >= std::max(share_, turn_messages)) return nullptr;
  QueuedMailbox::Popped popped;
  Envelope* const envelope = cell_.queued.load(std::memory_order_relaxed)->pop(popped);
  for (Envelope* one : popped.withdrawn) refuse(&cell_, one, ErrorCode::mailbox_full);
  if (popped.came && envelope != nullptr && was_sent(envelope->kind)) [[unlikely]]
    note_arrival(cell_, {envelope, *popped.came});
  if (share_ == 0) share_ = handled_ + 1 + std::min(popped.left, turn_messages_max);
  return envelope;
}

/// True when the cell now waits for a system message only.
bool Turn::park() noexcept {
  std::uintptr_t expected = Cell::empty;
  shows(&cell_.system);
  return cell_.system.compare_exchange_strong(expected, Cell::parked, std::memory_order_acq_rel);
}

/// What has come so far. False where there was no memory for one of them: that one, and those
/// behind it, are there for the next turn.
bool Turn::handle_system() {
  note_handling(nullptr);
  const std::uintptr_t taken = cell_.system.exchange(Cell::empty, std::memory_order_acq_rel);
  sees(&cell_.system);
  TakenSystemMessages list(
      core_, cell_, taken > Cell::parked ? reversed(reinterpret_cast<Envelope*>(taken)) : nullptr);
  while (Envelope* const envelope = list.take_first()) {
    if (ended()) {
      return_system_message(core_, envelope);
    } else if (!may_be_repeated(envelope->kind)) {
      handle_system_message(core_, cell_, envelope);
    } else if (!succeeds([&] { handle_system_message(core_, cell_, envelope); })) {
      list.put_first(envelope);
      return false;
    }
  }
  return true;
}

bool Turn::handle(Envelope* envelope) {
  if (envelope->target != id_) [[unlikely]] {
    return refused(envelope, ErrorCode::actor_stopped);
  }
  ++handled_;
  if (envelope->kind == Kind::user) [[likely]]
    return handle_user(envelope);
  switch (envelope->kind) {
    case Kind::encoded:
    case Kind::stored: return handle_encoded(envelope);
    case Kind::ticketed: return handle_ticketed(envelope);
    case Kind::terminated: return handle_terminated(envelope);
    case Kind::timer: return handle_timer(envelope);
    case Kind::notice: return handle_user(envelope);
    case Kind::arrived:
      --handled_;
      note_arrival(cell_, envelope->payload_as<Arrival>());
      return true;
    case Kind::end_of_watches:
      detach_in_place();
      forget_former_watches(cell_);
      return true;
    case Kind::drain:
      detach_in_place();
      note_handling(nullptr);
      drain(core_, cell_);
      return true;
    default: return true;
  }
}

/// Refuses what this actor cannot handle; the envelope goes with it.
bool Turn::refused(Envelope* envelope, ErrorCode reason) {
  detach_in_place();
  if (cell_.extras != nullptr && cell_.extras->chain != nullptr) {
    cell_.extras->chain->next_message = {};
  }
  if (reason == ErrorCode::unknown_type) {
    handle_unknown(core_, cell_, envelope);
  } else {
    refuse(&cell_, envelope, reason);
  }
  return false;
}

bool Turn::is_expired(Envelope& envelope) const {
  return envelope.awaits_answer() && core_.clock().coarse_now() > envelope.ask().deadline;
}

bool Turn::handle_user(Envelope* envelope) {
  if (is_expired(*envelope)) [[unlikely]]
    return refused(envelope, ErrorCode::expired);
  this_thread.envelope = envelope;
  note_handling(envelope->type);
  if (is_in_books(*envelope)) ++delivered_;
  const bool known = cell_.has_interceptors ? handle_intercepted(core_, cell_, envelope)
                                            : cell_.actor_class->receive(cell_, envelope);
  if (!known) [[unlikely]] {
    if (is_in_books(*envelope)) --delivered_;
    this_thread.envelope = nullptr;
    return refused(envelope, ErrorCode::unknown_type);
  }
  if (this_thread.envelope != envelope) [[unlikely]]
    return false;
  this_thread.envelope = nullptr;
  if (envelope->awaits_answer()) [[unlikely]]
    answer_dropped(envelope);
  return true;
}

bool Turn::handle_ticketed(Envelope* envelope) {
  const bool done_with = handle_user(envelope);
  if (done_with) settle_ticket(*envelope, Settled::handled);
  return done_with;
}

/// From here on a message from another node, or from storage, is like any other.
bool Turn::handle_encoded(Envelope* envelope) {
  const ActorClass& actor_class = *cell_.actor_class;
  if (actor_class.type_with_key == nullptr) {
    Envelope* const first = first_of(envelope);
    if (first == envelope) return handle_user(envelope);
    if (handle_user(first)) free_envelope(first);
    return false;
  }
  if (is_expired(*envelope)) return refused(envelope, ErrorCode::expired);
  const std::uint64_t key = envelope->payload_as<EncodedMessage>().type_key;
  const MessageType* type = actor_class.type_with_key(cell_, key);
  if (type == nullptr && envelope->kind == Kind::stored) {
    type = core_.types.find(key);  // A Private one, if it is from the actor itself.
  }
  if (type == nullptr) return refused(first_of(envelope), ErrorCode::unknown_type);
  note_handling(type);
  Result<Envelope*> decoded = decode_in_turn(*envelope, *type);
  if (!decoded.ok()) {
    const EnvelopePtr asker = envelope->awaits_answer() ? take_asker(envelope) : nullptr;
    settle_ticket(*envelope, Settled::unusable, &decoded.error());
    static_cast<void>(refused(first_of(envelope), ErrorCode::malformed));
    if (asker != nullptr) {
      count_so_far();
      answer_with_error(asker.get(), std::move(decoded).error());
    }
    return false;
  }
  if (cell_.has_interceptors) [[unlikely]]
    note_decoded(cell_, *envelope, **decoded);
  pass_first(envelope);
  const bool done_with =
      (*decoded)->kind == Kind::ticketed ? handle_ticketed(*decoded) : handle_user(*decoded);
  if (done_with) free_envelope(*decoded);
  return false;
}

/// Leaves what is behind the first message of a run as the next to be handled.
void Turn::pass_first(Envelope* envelope) noexcept {
  detach_in_place();
  auto& messages = envelope->payload_as<EncodedMessage>();
  if (messages.count == 1) return free_envelope(envelope);
  messages.pass_first();
  put_first(cell_, envelope);
}

/// The first message of a run, alone.
Envelope* Turn::first_of(Envelope* envelope) {
  if (messages_in(*envelope) == 1) return envelope;
  Envelope* first = take_first(*envelope);
  detach_in_place();
  put_first(cell_, envelope);
  return first;
}

bool Turn::handle_terminated(Envelope* envelope) {
  this_thread.envelope = envelope;
  note_handling(envelope->type);
  auto& notice = envelope->payload_as<Terminated>();
  Extras& extras = extras_of(cell_);
  const bool expected =
      extras.former_watches.erase(notice.ref) != 0 || extras.watching.erase(notice.ref) != 0;
  if (expected && (extras.chain == nullptr || passes_middleware(*extras.chain, envelope))) {
    if (cell_.actor_class->on_terminated == nullptr) {
      throw Failure(Error(
          ErrorCode::handler_failed,
          "watches " + notice.path + ", which ended, but has no handler on(troupe::Terminated)"));
    }
    cell_.actor_class->on_terminated(*cell_.instance, std::move(notice));
  }
  this_thread.envelope = nullptr;
  return true;
}

bool Turn::handle_timer(Envelope* envelope) {
  return !take_timer_message(cell_, envelope) || handle_user(envelope);
}

}  // namespace

namespace {

/// What a turn begins with where the actor is not running.
void begin_turn(SystemCore& core, Cell& cell) {
  if (core.past_deadline.load(std::memory_order_relaxed)) return;
  if (is_unreported(cell)) return report_failure_again(core, cell);
  if (is_untold(cell)) return end_if_alone(core, cell);
  if (cell.status != Status::starting) return;
  note_handling(nullptr);
  start(core, cell);
}

}  // namespace

bool run_turn(SystemCore& core, Cell& cell) noexcept {
  sees(&cell.inbox);
  const ContextScope scope(core, cell);
  Turn turn(core, cell);
  bool again = false;
  if (cell.status != Status::running) [[unlikely]] {
    begin_turn(core, cell);
    if (this_thread.cell != &cell) return false;
  }
  while (true) {
    auto failure = run_user_code(ErrorCode::handler_failed, [&] { again = turn.run(); });
    if (!failure) [[likely]] {
      if (again) shows(&cell.inbox);
      return again;
    }
    Envelope* message = std::exchange(this_thread.envelope, nullptr);
    turn.detach_in_place();
    fail(core, cell, std::move(*failure), message);
    if (this_thread.cell != &cell) return false;
  }
}

}  // namespace troupe::runtime
