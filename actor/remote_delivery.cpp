// Sending through a ref, wherever the actor is.
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/worker.hpp>

namespace troupe {

std::string AnyRef::path() const {
  if (!*this) return "nobody";
  if (is_remote()) return remote()->path(id_);
  const runtime::SystemVisit core(cell()->anchor.load(std::memory_order_relaxed));
  return core ? runtime::path_of(*core, id_) : "/gone";
}

namespace runtime {
namespace {

void drop_remote(const AnyRef& ref, const MessageType& type, ErrorCode reason) noexcept {
  const SystemVisit core(ref.remote()->anchor());
  if (!core) return;  // The transport has counted it; there is no system to keep it.
  count_sent(*core, 1);
  core->add_dead_letter({reason, ref.path(),
                         this_thread.sender != 0 ? path_of(*core, this_thread.sender) : "",
                         std::string(type.name)});
}

}  // namespace

std::optional<ErrorCode> tell_remote(const AnyRef& ref, const MessageType& type,
                                     const void* message) noexcept {
  if (type.encode == nullptr) return ErrorCode::not_serialisable;
  return ref.remote()->tell(ref.id(), this_thread.sender, type, message);
}

void tell_remote_or_drop(const AnyRef& ref, const MessageType& type, const void* message) noexcept {
  if (const auto refused = tell_remote(ref, type, message)) drop_remote(ref, type, *refused);
}

void send_envelope(const AnyRef& ref, Envelope* envelope) noexcept {
  if (!ref.is_remote()) return deliver(ref.cell(), envelope);
  if (!envelope->awaits_answer()) {
    tell_remote_or_drop(ref, *envelope->type, envelope->payload());
    return free_envelope(envelope);
  }
  const std::optional<ErrorCode> refused = envelope->type->encode == nullptr
                                               ? ErrorCode::not_serialisable
                                               : ref.remote()->ask(ref.id(), envelope);
  if (refused) {
    answer_with_error(envelope, Error(*refused, "the request was not sent to " + ref.path(),
                                      Execution::not_executed));
    drop_remote(ref, *envelope->type, *refused);
  }
  free_envelope(envelope);
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

}  // namespace runtime
}  // namespace troupe
