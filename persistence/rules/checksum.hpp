// CRC-32C (Castagnoli, as of RFC 3720, appendix B.4), by which storage knows a record that is not
// what was written.
#pragma once

#include <cstdint>
#include <string_view>

namespace troupe::persistence {

/// Of all bytes so far, where `before` is what the last call returned; 0 at the beginning. Any
/// thread.
///
///   crc32c("123456789") == 0xe3069283
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

}  // namespace troupe::persistence
