#include <troupe/actor/runtime/remote_delivery.hpp>

#include <troupe/actor/future.hpp>
#include <troupe/actor/ports/remote_target.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/decoding.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/reply.hpp>
#include <troupe/actor/runtime/ticket.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe::runtime {
namespace {

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

/// A message from storage that goes to another node is done with once the link has it.
void settle_passed_on(Envelope& envelope, const AnyRef& ref,
                      std::optional<ErrorCode> refused) noexcept {
  if (!has_ticket(envelope)) return;
  if (!refused) return settle_ticket(envelope, Settled::handled);
  std::optional<Error> error;
  static_cast<void>(succeeds([&] {
    error = Error(*refused, "it could not be passed on to " + ref.path(), Execution::not_executed);
  }));
  settle_ticket(envelope, Settled::failed, error ? &*error : nullptr);
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
    settle_passed_on(*envelope, ref, refused);
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
  settle_passed_on(*envelope, ref, refused);
  free_envelope(envelope);
}

void drop_for_want_of_memory(const AnyRef& ref) noexcept {
  const SystemVisit core(ref.cell()->anchor.load(std::memory_order_relaxed));
  if (!core) return;
  count_sent(*core, 1);
  core->dead_letters.count_one(ErrorCode::limit_reached);
}

}  // namespace troupe::runtime
