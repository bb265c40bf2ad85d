// ProbeSocket: one attempt to connect to an address, to learn whether anybody answers there, and
// why not. It says nothing, and its end resets the connection, so that a listener that waits for
// the first byte before it accepts never hears of it.
#pragma once

#include <cstdint>
#include <troupe/transport/sockets/numeric_address.hpp>

namespace troupe::transport {

/// Owner only.
class ProbeSocket {
 public:
  enum class State : std::uint8_t { connecting, connected, failed };

  /// Begins; does not block.
  explicit ProbeSocket(const NumericAddress& address);
  ~ProbeSocket();
  ProbeSocket(const ProbeSocket&) = delete;
  ProbeSocket& operator=(const ProbeSocket&) = delete;

  /// What has become of it by now.
  [[nodiscard]] State state();
  /// The `errno` of a failure.
  [[nodiscard]] int error() const noexcept { return error_; }
  /// Becomes writable when the state may have changed; -1 without any.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  void fail(int error) noexcept;

  int descriptor_ = -1;
  int error_ = 0;
  State state_ = State::connecting;
};

}  // namespace troupe::transport
