#include <troupe/actor/ports/encoded_message.hpp>

#include <troupe/wire/big_endian.hpp>

namespace troupe::runtime {

void EncodedMessage::pass_first() noexcept {
  const std::size_t size = wire::load_big_endian<std::uint32_t>(more.data());
  bytes = more.subspan(sizeof(std::uint32_t), size);
  more = more.subspan(sizeof(std::uint32_t) + size);
  --count;
}

}  // namespace troupe::runtime
