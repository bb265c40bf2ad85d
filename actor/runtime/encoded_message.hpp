// EncodedMessage: a message from another node, in the bytes it came in, until its handler decodes
// it. And MessageOrigin: the link that it came by.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <troupe/actor/runtime/envelope.hpp>
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
  wire::RefParts sender;  ///< The actor that sent it; all 0 when it was none.
  std::shared_ptr<const void> owner = nullptr;  ///< Of the bytes of a long message.

  template <class M>
  [[nodiscard]] Result<M> decode() const {
    return wire::decode<M>(bytes, origin);
  }
};

/// An envelope with an EncodedMessage and a copy of its bytes, unless those have an owner. With
/// `ask` its answer is awaited.
[[nodiscard]] inline Envelope* make_encoded(Kind kind, ActorId target, const AskPart* ask,
                                            EncodedMessage message) {
  const std::size_t offset = Envelope::payload_offset(ask != nullptr, alignof(EncodedMessage));
  const std::size_t copied = message.owner == nullptr ? message.bytes.size() : 0;
  const std::size_t size = offset + sizeof(EncodedMessage) + copied;
  auto* memory = static_cast<std::byte*>(pool_allocate(size));
  auto* envelope = new (memory)
      Envelope{nullptr, &message_type<EncodedMessage>,   target, 0, kind, ask != nullptr,
               0,       static_cast<std::uint32_t>(size)};
  if (ask != nullptr) new (memory + sizeof(Envelope)) AskPart(*ask);
  if (message.owner == nullptr) {
    std::byte* bytes = memory + offset + sizeof(EncodedMessage);
    std::copy(message.bytes.begin(), message.bytes.end(), bytes);
    message.bytes = {bytes, copied};
  }
  new (memory + offset) EncodedMessage(std::move(message));
  return envelope;
}

}  // namespace troupe::runtime
