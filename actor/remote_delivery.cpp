// Sending and watching through a ref, wherever the actor is.
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/hooks.hpp>
#include <troupe/actor/runtime/lifecycle.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe {

std::string AnyRef::path() const {
  if (!*this) return "nobody";
  if (is_remote()) return remote()->path(remote_id());
  const runtime::SystemVisit core(cell()->anchor.load(std::memory_order_relaxed));
  return core ? runtime::path_of(*core, id_) : "/gone";
}

namespace runtime {
namespace {

/// A watcher on another node: its node, and the key that it has given to the watch.
struct RemoteWatcher {
  static constexpr bool local_message = true;
  AnyRef ref;
};

void drop_remote(const AnyRef& ref, const AnyRef& sender, const MessageType& type,
                 ErrorCode reason) noexcept {
  const SystemVisit core(ref.remote()->anchor(ref.remote_id()));
  if (!core) return;  // The transport has counted it; there is no system to keep it.
  count_sent(*core, 1);
  std::optional<DeadLetter> letter;
  if (succeeds([&] {
        letter =
            DeadLetter{reason, ref.path(), sender ? sender.path() : "", std::string(type.name)};
      })) {
    core->add_dead_letter(std::move(*letter));
  } else {
    core->dead_letters.count_one(reason);
  }
}

std::optional<ErrorCode> tell_from(ActorId sender, const AnyRef& ref, const MessageType& type,
                                   const void* message) noexcept {
  if (type.encode == nullptr) return ErrorCode::not_serialisable;
  return ref.remote()->tell(ref.remote_id(), sender, type, message);
}

}  // namespace

std::string why(const AnyRef& ref, ErrorCode reason) {
  return ref.is_remote() ? ref.remote()->why(ref.remote_id(), reason) : std::string();
}

std::optional<ErrorCode> tell_remote(const AnyRef& ref, const MessageType& type,
                                     const void* message) noexcept {
  return tell_from(this_thread.sender, ref, type, message);
}

void tell_remote_or_drop(const AnyRef& ref, const MessageType& type, const void* message) noexcept {
  const ActorId sender = this_thread.sender;
  const auto refused = tell_from(sender, ref, type, message);
  if (refused) drop_remote(ref, AnyRef(find_cell(sender), sender), type, *refused);
}

Future<void> send_remote(const AnyRef& ref, const MessageType& type, const void* message) {
  RemoteTarget::Sending sending{ErrorCode::not_serialisable};
  if (type.encode != nullptr) {
    sending = ref.remote()->send(ref.remote_id(), this_thread.sender, type, message);
  }
  if (sending.later != nullptr) return Future<void>::of(sending.later);
  if (!sending.refused) return Future<void>::ready({});
  const ErrorCode reason = *sending.refused;
  return Future<void>::ready(Error(reason,
                                   "the message was not sent to " + ref.path() + why(ref, reason),
                                   Execution::not_executed));
}

void send_envelope(const AnyRef& ref, Envelope* envelope) noexcept {
  if (!ref.is_remote()) return deliver(ref.cell(), envelope);
  if (!envelope->awaits_answer()) {
    // It may be a message that is passed on: its sender is not always the actor that runs here.
    const auto refused = tell_from(envelope->sender, ref, *envelope->type, envelope->payload());
    if (refused) drop_remote(ref, sender_of(*envelope), *envelope->type, *refused);
    return free_envelope(envelope);
  }
  const std::optional<ErrorCode> refused = envelope->type->encode == nullptr
                                               ? ErrorCode::not_serialisable
                                               : ref.remote()->ask(ref.remote_id(), envelope);
  if (refused) {
    std::string text;
    static_cast<void>(
        succeeds([&] { text = "the request was not sent to " + ref.path() + why(ref, *refused); }));
    answer_with_error(envelope, Error(*refused, std::move(text), Execution::not_executed));
    drop_remote(ref, sender_of(*envelope), *envelope->type, *refused);
  }
  free_envelope(envelope);
}

AnyRef watcher_of(Envelope& signal) noexcept {
  if (signal.type == &message_type<RemoteWatcher>) return signal.payload_as<RemoteWatcher>().ref;
  return {find_cell(signal.sender), signal.sender};
}

Envelope* make_remote_watch(Kind kind, ActorId target, const AnyRef& watcher) {
  return make_envelope(kind, target, 0, RemoteWatcher{watcher});
}

void tell_watcher(const AnyRef& watcher, Terminated notice) noexcept {
  if (watcher.is_remote()) return watcher.remote()->tell_watcher(watcher.remote_id(), notice);
  const ActorId ended = notice.ref.is_remote() ? 0 : notice.ref.id();
  Envelope* message = make_envelope(Kind::terminated, watcher.id(), ended, std::move(notice));
  if (!deliver_notice(watcher.cell(), message)) free_envelope(message);
}

void begin_watch(SystemCore& core, Cell& cell, const AnyRef& ref) {
  if (ref.is_remote()) {
    if (ref.remote()->watch(ref.remote_id(), id_of(cell))) return;
    return core.log(path_of(core, id_of(cell)))
        .error("cannot watch {}: its link carries no watches", ref.path());
  }
  Envelope* signal = make_signal(Kind::watch, ref.id(), id_of(cell));
  if (!deliver_system(ref.cell(), signal)) return_system_message(core, signal);
}

void end_watch(Cell& cell, const AnyRef& ref) noexcept {
  if (ref.is_remote()) return ref.remote()->unwatch(ref.remote_id(), id_of(cell));
  Envelope* signal = make_signal(Kind::unwatch, ref.id(), id_of(cell));
  if (!deliver_system(ref.cell(), signal)) free_envelope(signal);
}

TimePoint deadline_of(const Cell& asker, Duration timeout) noexcept {
  return deadline_after(asker.anchor.load(std::memory_order_relaxed)->core()->clock(), timeout);
}

Error ask_timed_out(const AnyRef& target, Duration timeout) {
  return {
      ErrorCode::timeout,
      "no answer from " + target.path() + " within " +
          std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count()) +
          " ms"};
}

Error negative_timeout(Duration timeout) {
  return bad_setting("the time-out of an ask is " + std::to_string(timeout.count()) +
                     " ns, but must be 0 or more");
}

void drop_for_want_of_memory(const AnyRef& ref) noexcept {
  const SystemVisit core(ref.cell()->anchor.load(std::memory_order_relaxed));
  if (!core) return;
  count_sent(*core, 1);
  core->dead_letters.count_one(ErrorCode::limit_reached);
}

}  // namespace runtime
}  // namespace troupe
