// EncodedMessage: a message from another node, in the bytes it came in, until its actor's turn
// decodes it. Then it is an envelope like any other, but for its Origin, which says who sent it.
//
// It may be a run: messages of one type from one sender, that have come together and are taken to
// the mailbox together. The turn takes them out one by one.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <troupe/actor/runtime/envelope.hpp>
#include <troupe/actor/runtime/intake.hpp>
#include <troupe/actor/runtime/user_code.hpp>
#include <troupe/base/result.hpp>
#include <troupe/wire/ref_port.hpp>

namespace troupe {
class AnyRef;
}

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

  /// Errors: `malformed`, also for what the type's own codec throws.
  template <class M>
  [[nodiscard]] Result<M> decode() const {
    std::optional<Result<M>> result;
    auto failure = run_user_code(ErrorCode::malformed,
                                 [&] { result.emplace(wire::decode<M>(bytes, origin)); });
    if (failure) return std::move(failure->error);
    return *std::move(result);
  }
};

/// Whence a decoded message came: what its EncodedMessage said. The end of its envelope's block.
struct Origin {
  MessageOrigin* link;
  wire::RefParts sender;
};
static_assert(sizeof(Origin) == 24);

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

/// Takes the first message out of a run of several, into an envelope of its own.
[[nodiscard]] Envelope* take_first(Envelope& run);

/// How many messages an envelope is in the books.
[[nodiscard]] inline std::uint32_t messages_in(Envelope& envelope) noexcept {
  return envelope.kind == Kind::encoded ? envelope.payload_as<EncodedMessage>().count : 1;
}

/// The first message as a value of `type`, whose key is its own, in an envelope that takes over the
/// asker; `encoded` is left. Errors: as EncodedMessage::decode(); then the asker is left as well.
[[nodiscard]] Result<Envelope*> decode(Envelope& encoded, const MessageType& type);

/// Who sent the message, from here or another node; nobody for messages of no actor's.
[[nodiscard]] AnyRef sender_of(Envelope& envelope) noexcept;

/// The wire name of the message's type, as far as it is known here.
[[nodiscard]] std::string type_name_of(Envelope& envelope);

/// Tells the link that a message came by, if it came by one, that it is dropped.
void report_dropped(Envelope& envelope, ErrorCode reason) noexcept;

/// An envelope of kind `user` for a message from `origin`; the caller makes the message in it.
[[nodiscard]] Envelope* make_empty(const MessageType& type, ActorId target, const AskPart* ask,
                                   const Origin& origin);

[[nodiscard]] inline Origin& origin_of(Envelope& envelope) noexcept {
  std::byte* const end = reinterpret_cast<std::byte*>(&envelope) + envelope.size;
  return *std::launder(reinterpret_cast<Origin*>(end - sizeof(Origin)));
}

/// An envelope of kind `user` from the sender of `before`, which may be null: from nobody. With
/// `ask` an answer is awaited.
template <class M>
[[nodiscard]] Envelope* make_from_sender_of(Envelope* before, ActorId target, const AskPart* ask,
                                            M message) {
  if (before != nullptr && before->has_origin) [[unlikely]] {
    Envelope* made = make_empty(message_type<M>, target, ask, origin_of(*before));
    new (made->payload()) M(std::move(message));
    return made;
  }
  const ActorId sender = before != nullptr && before->kind != Kind::timer ? before->sender : 0;
  return ask != nullptr ? make_envelope(Kind::user, target, sender, *ask, std::move(message))
                        : make_envelope(Kind::user, target, sender, std::move(message));
}

}  // namespace troupe::runtime
