// Keys of nodes: CURVE keys (Curve25519) in Z85, and whom they belong to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe {

/// Characters of a key: 32 bytes in Z85.
inline constexpr std::size_t key_characters = 40;

/// Whether `text` has the form of a key: so many characters of the alphabet of Z85 (ZeroMQ RFC 32).
/// Whether there is a key pair that it belongs to is not looked at. Any thread.
[[nodiscard]] bool is_key(std::string_view text) noexcept;

/// One node's own, as `troupe keygen` makes it. Both are empty or neither is.
struct KeyPair {
  std::string public_key;  ///< Others list it as trusted.
  std::string secret_key;  ///< Never leaves the node.

  friend bool operator==(const KeyPair&, const KeyPair&) = default;
};

/// A key that one node may use, on the connections it makes and on those it accepts.
struct TrustedKey {
  std::string node;  ///< The node's name, without its host and port.
  std::string public_key;

  friend bool operator==(const TrustedKey&, const TrustedKey&) = default;
};

}  // namespace troupe
