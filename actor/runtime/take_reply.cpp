#include <troupe/actor/runtime/take_reply.hpp>

#include <troupe/actor/ports/encoded_message.hpp>

namespace troupe::runtime {

std::optional<EncodedReply> encoded_reply(Envelope& reply) noexcept {
  if (!same_type(*reply.type, message_type<EncodedMessage>)) return std::nullopt;
  const auto& encoded = reply.payload_as<EncodedMessage>();
  return EncodedReply{encoded.bytes, encoded.origin};
}

}  // namespace troupe::runtime
