// NumericAddress: an IP address and a port, which nobody has to look up.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace troupe::transport {

struct NumericAddress {
  std::string host;  ///< IPv4, or IPv6 without brackets, maybe with a zone: "fe80::1%eth0".
  std::uint16_t port = 0;

  [[nodiscard]] bool is_v6() const noexcept { return host.find(':') != std::string::npos; }

  /// "127.0.0.1:7001" or "[::1]:7001".
  [[nodiscard]] std::string to_string() const {
    return (is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }

  friend auto operator<=>(const NumericAddress&, const NumericAddress&) = default;
};

}  // namespace troupe::transport
