// ActorPath: where an actor is, in words: "/user/manager/worker", or with its node before it,
// "troupe://bank@127.0.0.1:7002/user/account".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>

namespace troupe {

/// Limits of names and paths, in bytes. A longer name is refused as `invalid_name`, a longer path
/// as `invalid_path`.
inline constexpr std::size_t actor_name_bytes_max = 255;
inline constexpr std::size_t actor_path_bytes_max = 4096;

/// The address of a node: "name@host:port". A plain value; only parse() checks it.
///
///   auto address = NodeAddress::parse("bank@[::1]:7002").value();
struct NodeAddress {
  std::string name;        ///< Not empty, without '/', '@', spaces and control characters.
  std::string host;        ///< A name or an IP address; IPv6 in brackets.
  std::uint16_t port = 0;  ///< From 1 on; 0 is none yet.

  /// "name@host:port", which parse() reads again.
  [[nodiscard]] std::string to_string() const;
  /// Errors: `invalid_path`, with what is wrong and what an address looks like. Looks up no host.
  [[nodiscard]] static Result<NodeAddress> parse(std::string_view text);

  friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

/// A path in its two parts. It names a place: after the end of the actor there another one may have
/// it.
struct ActorPath {
  NodeAddress node;   ///< Empty name: this node.
  std::string local;  ///< "/user/...".

  /// With "troupe://" and the address before it, unless it is this node's.
  [[nodiscard]] std::string to_string() const;
  /// Errors: `invalid_path`, with what is wrong and what a path looks like. Whether there is such
  /// an actor is not looked at.
  [[nodiscard]] static Result<ActorPath> parse(std::string_view text);

  friend bool operator==(const ActorPath&, const ActorPath&) = default;
};

/// A name that a user may give an actor: 1 to 255 bytes, printable, no '/', not beginning with '$'.
/// Where an actor is made, an empty name is none: the actor is called "$" and its id. Errors:
/// `invalid_name`.
[[nodiscard]] Result<void> check_actor_name(std::string_view name);

}  // namespace troupe
