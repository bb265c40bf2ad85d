// EncodedMessage: a message from another node, in the bytes it came in, until its actor's turn
// decodes it. Then it is an envelope like any other, but for its Origin, which says who sent it.
//
// It may be a run: messages of one type from one sender, that have come together and are taken to
// the mailbox together. The turn takes them out one by one.
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <troupe/actor/ports/envelope.hpp>
#include <troupe/actor/ports/intake.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/base/result.hpp>
#include <troupe/wire/ref_port.hpp>

namespace troupe::runtime {

struct EncodedMessage;

/// The link to the node that messages came from; reads the refs in them. Lives as long as the
/// process. Any thread.
class MessageOrigin : public wire::RefPort {
 public:
  /// The name of a message's type, as far as the other node has told it.
  [[nodiscard]] virtual std::string type_name(std::uint64_t type_key) const = 0;

  /// Told of a message that was not delivered although it had come.
  virtual void dropped(const EncodedMessage& message, ActorId target,
                       ErrorCode reason) noexcept = 0;
};

struct EncodedMessage {
  static constexpr bool local_message = true;

  std::uint64_t type_key = 0;
  std::span<const std::byte> bytes;  ///< In the same envelope, behind this, or the owner's.
  MessageOrigin* origin = nullptr;
  wire::RefParts sender;                        ///< The actor that sent it; all 0 when it was none.
  std::shared_ptr<const void> owner = nullptr;  ///< Of long bytes.
  std::span<const std::byte> more = {};  ///< Behind `bytes`: a run's other messages, each with its
                                         ///< length as four big-endian bytes before it.
  std::uint32_t count = 1;               ///< Of the messages that are left.
  Receipt receipt = {};                  ///< Of all messages of the run.

  /// Passes over the first of several messages.
  void pass_first() noexcept;
};

/// An envelope with an EncodedMessage and a copy of its bytes, unless those have an owner. With
/// `ask`, which a run has none of, its answer is awaited.
[[nodiscard]] inline Envelope* make_encoded(Kind kind, ActorId target, const AskPart* ask,
                                            EncodedMessage message) {
  const std::size_t offset = Envelope::payload_offset(ask != nullptr, alignof(EncodedMessage));
  const std::size_t copied =
      message.owner == nullptr ? message.bytes.size() + message.more.size() : 0;
  const std::size_t size = offset + sizeof(EncodedMessage) + copied;
  auto* memory = static_cast<std::byte*>(pool_allocate(size));
  auto* envelope = new (memory)
      Envelope{nullptr, &message_type<EncodedMessage>,   target, 0, kind, ask != nullptr, false,
               0,       static_cast<std::uint32_t>(size)};
  if (ask != nullptr) new (memory + sizeof(Envelope)) AskPart(*ask);
  if (message.owner == nullptr) {
    std::byte* bytes = memory + offset + sizeof(EncodedMessage);
    std::byte* end = std::copy(message.bytes.begin(), message.bytes.end(), bytes);
    message.bytes = {bytes, end};
    message.more = {end, std::copy(message.more.begin(), message.more.end(), end)};
  }
  new (memory + offset) EncodedMessage(std::move(message));
  return envelope;
}

/// Appends the message as its type's codec writes it, which may be a user's and throws what it
/// likes. An error is `not_serialisable`, with what was thrown in words; what was appended before
/// is left. Throws std::bad_alloc for want of memory. Not for local types.
[[nodiscard]] inline std::optional<Error> encode(const MessageType& type, const void* message,
                                                 wire::Writer& writer) {
  auto failure = run_user_code(ErrorCode::not_serialisable, [&] { type.encode(writer, message); });
  if (!failure) [[likely]]
    return std::nullopt;
  if (is_want_of_memory(failure->exception)) throw std::bad_alloc();
  return std::move(failure->error);
}

}  // namespace troupe::runtime
