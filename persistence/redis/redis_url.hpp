// RedisUrl: where a Redis server is, and as whom to speak to it, from one line of text.
//
//   redis://[[user]:password@]host[:port][/db]                         port 6379, db 0
//   unix://[[user]:password@]/path[?db=n]
//   sentinel://[[user]:password@]host[:port],host[:port].../name[/db]  port 26379
//
// User and password may have %XX in them, and name those of the servers, not of the Sentinels. TLS
// (rediss://) is not spoken: put a tunnel or a Unix socket in between.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <vector>

namespace troupe::redis {

/// One place that can be dialled: a Unix socket where there is a path, else a host and a port.
struct Endpoint {
  std::string host;  ///< A name, or an address; IPv6 without brackets.
  std::uint16_t port = 0;
  std::string path;

  /// "10.0.0.1:6379", "[::1]:6379" or "unix:/run/redis.sock".
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// A value. The password stands in it as it is: show to_string() instead.
struct RedisUrl {
  /// Of the whole text; and Sentinels in it. A database is from 0 to 1,000,000, a socket's path 107
  /// bytes long at most.
  static constexpr std::size_t bytes_max = 4'096;
  static constexpr std::size_t sentinels_max = 16;

  std::vector<Endpoint> endpoints;  ///< The server, or the Sentinels that know it.
  std::string master = {};          ///< The name that Sentinels know it by; empty without them.
  std::string user = {};
  std::string password = {};
  unsigned database = 0;

  [[nodiscard]] bool by_sentinel() const noexcept { return !master.empty(); }

  /// `invalid_setting`, with words that name the place in the text, and never the password. Looks
  /// up and dials nobody. Any thread.
  [[nodiscard]] static Result<RedisUrl> parse(std::string_view text);

  /// For people: as parse() takes it, but with "***" for the password, a user without %XX, and
  /// the end of a very long one cut off.
  [[nodiscard]] std::string to_string() const;
};

}  // namespace troupe::redis
