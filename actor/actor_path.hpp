// ActorPath: where an actor is, in words: "/user/manager/worker", or with its node before it,
// "troupe://bank@127.0.0.1:7002/user/account".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>

namespace troupe {

/// Limits of names and paths, in bytes.
inline constexpr std::size_t actor_name_bytes_max = 255;
inline constexpr std::size_t actor_path_bytes_max = 4096;

/// The address of a node: "name@host:port".
struct NodeAddress {
  std::string name;
  std::string host;  ///< A name or an IP address; IPv6 in brackets.
  std::uint16_t port = 0;

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] static Result<NodeAddress> parse(std::string_view text);

  friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

struct ActorPath {
  NodeAddress node;   ///< Empty name: this node.
  std::string local;  ///< "/user/...".

  [[nodiscard]] std::string to_string() const;
  /// Errors: `invalid_path`, with what is wrong and what a path looks like.
  [[nodiscard]] static Result<ActorPath> parse(std::string_view text);

  friend bool operator==(const ActorPath&, const ActorPath&) = default;
};

/// A name that a user may give an actor: 1 to 255 bytes, printable, no '/', not beginning with '$'.
/// Where an actor is made, an empty name is none: the actor is called "$" and its id. Errors:
/// `invalid_name`.
[[nodiscard]] Result<void> check_actor_name(std::string_view name);

}  // namespace troupe
