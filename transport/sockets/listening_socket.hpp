// ListeningSocket: the one on which others connect to a node. It is bound and kept here and lent to
// ZeroMQ, which accepts: so the port stays this node's while ZeroMQ's listener is made anew, who
// says nothing is not accepted at all for a while, and somebody can hang up on those who wait when
// there are no file descriptors to accept them with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>

namespace troupe::transport {

/// Owner only.
class ListeningSocket {
 public:
  /// Listens on "host:port"; port 0 is any free one, the host may be a name, an IPv6 address in
  /// brackets, or "*" for every address. A connection on which nothing was said yet is kept in the
  /// kernel for about `silence`. Blocks while a name is looked up. Errors: `address_in_use`,
  /// `invalid_setting`.
  [[nodiscard]] static Result<std::unique_ptr<ListeningSocket>> open(const std::string& host_port,
                                                                     Duration silence);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Another descriptor of the same socket, for whoever closes it; -1 where there is none left.
  [[nodiscard]] int lend() const noexcept;

  /// Accepts and ends connections that wait, `max` of them at most. Needs no descriptor that is
  /// free: one is kept for this. Returns how many there were.
  std::size_t reject(std::size_t max) noexcept;

  /// Who is at the other end of a connection that was accepted here, for end(); empty when this
  /// descriptor is none (any more).
  [[nodiscard]] std::string peer_of(int descriptor) const;
  /// Ends a connection of this peer's that was accepted here, whose descriptor is somebody else's
  /// to close; nothing happens where the descriptor is another connection's by now.
  void end(int descriptor, const std::string& peer) noexcept;

 private:
  ListeningSocket(int descriptor, std::uint16_t port) noexcept;

  const int descriptor_;
  const std::uint16_t port_;
  int spare_;
};

}  // namespace troupe::transport
