// Failures of Redis commands: what an Error of a RedisClient says, told apart.
//
//   code               execution       what happened
//   timeout            not_executed    its time was over before a byte of it was sent
//   timeout            unknown         it was sent, and not answered in time
//   node_unreachable   unknown         the connection ended between sending and answer
//   frame_too_large    unknown         its answer breaks reply_bytes_max
//   refused            either          the server answered with an error, which is the context
//   limit_reached      not_executed    too many commands, or bytes, wait
//   frame_too_large    not_executed    it breaks command_bytes_max
//   malformed          not_executed    see Command::check()
//   shutdown           either          the client ended; `unknown` if it was sent
#pragma once

#include <cstdint>
#include <string_view>
#include <troupe/base/error.hpp>

namespace troupe::redis {

enum class Outcome : std::uint8_t {
  not_executed,  ///< Definitely not: sending it again cannot execute it twice.
  unknown,       ///< Maybe: read what is there before anything else.
  refused,       ///< The server has answered with an error.
};

[[nodiscard]] inline Outcome outcome_of(const Error& error) noexcept {
  if (error.code() == ErrorCode::refused) return Outcome::refused;
  return error.definitely_not_executed() ? Outcome::not_executed : Outcome::unknown;
}

/// The first word of a server's error, "READONLY", "OOM", "WRONGTYPE", a script's own; empty where
/// it was not the server who failed the command.
[[nodiscard]] inline std::string_view server_code(const Error& error) noexcept {
  if (error.code() != ErrorCode::refused) return {};
  const std::string_view text = error.context();
  return text.substr(0, text.find(' '));
}

/// The Error for a server's words, which are escaped. `not_executed` where they say that the
/// command was turned away at the door: LOADING, MASTERDOWN, READONLY, NOAUTH, NOPERM, OOM,
/// MISCONF, NOREPLICAS, BUSY, NOSCRIPT, CLUSTERDOWN, MOVED, ASK, TRYAGAIN. An error from within a
/// script is not: what the script did before stays done.
[[nodiscard]] Error server_error(std::string_view text);

}  // namespace troupe::redis
