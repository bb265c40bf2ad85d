// EncodedMessage: a message from another node, in the bytes it came in, until its handler decodes
// it.
#pragma once

#include <span>
#include <troupe/actor/runtime/message_type.hpp>
#include <troupe/base/result.hpp>
#include <vector>

namespace troupe::runtime {

struct EncodedMessage {
  static constexpr bool local_message = true;

  std::uint64_t type_key = 0;
  std::vector<std::byte> bytes;
  wire::RefPort* ref_port = nullptr;  ///< Of the link it came by; outlives the message.

  template <class M>
  [[nodiscard]] Result<M> decode() const {
    return wire::decode<M>(std::span<const std::byte>(bytes), ref_port);
  }
};

}  // namespace troupe::runtime
