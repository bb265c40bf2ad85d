// How much has been read from a connection that somebody else owns.
#pragma once

#include <cstdint>
#include <optional>

namespace troupe::transport {

/// How many bytes whoever owns the descriptor has read from this connection, ever; none where it is
/// no TCP connection, or the system does not tell. Any thread.
[[nodiscard]] std::optional<std::uint64_t> bytes_read_from(int descriptor) noexcept;

}  // namespace troupe::transport
