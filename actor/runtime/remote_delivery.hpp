// Remote delivery: what is sent through a ref, wherever the actor is.
#pragma once

#include <optional>
#include <string>
#include <troupe/actor/ports/envelope.hpp>

namespace troupe {
class AnyRef;
template <class T>
class Future;
}  // namespace troupe

namespace troupe::runtime {

/// More about why something for the ref was refused for this reason, to be appended to an error.
[[nodiscard]] std::string why(const AnyRef& ref, ErrorCode reason);

/// Tells a remote actor: encodes on this thread. Null asker: no answer is awaited.
[[nodiscard]] std::optional<ErrorCode> tell_remote(const AnyRef& ref, const MessageType& type,
                                                   const void* message) noexcept;

/// As tell_remote(), for a message that nobody hears the refusal of: it becomes a dead letter here.
void tell_remote_or_drop(const AnyRef& ref, const MessageType& type, const void* message) noexcept;

/// Takes an envelope to an actor here or elsewhere. Who awaits an answer hears of a refusal. Any
/// thread.
void send_envelope(const AnyRef& ref, Envelope* envelope) noexcept;

/// Counts a message to an actor of this process that could not even be made, in the books of the
/// actor's system. Any thread.
void drop_for_want_of_memory(const AnyRef& ref) noexcept;

/// Context::send() to an actor of another node.
[[nodiscard]] Future<void> send_remote(const AnyRef& ref, const MessageType& type,
                                       const void* message);

}  // namespace troupe::runtime
