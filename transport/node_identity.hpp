// NodeIdentity: one life of one node: its address, and a random number that is new with every
// start.
//
// An address says where to find somebody, the incarnation says who it is: a node that was restarted
// has the same address and is somebody else.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/actor_path.hpp>
#include <utility>

namespace troupe::transport {

/// A name that a node may have, in NodeSettings::name and TrustedKey::node: 1 to 255 printable
/// bytes, none of them '/', '@', '#' or a space, and not beginning with '$'.
[[nodiscard]] inline bool is_node_name(std::string_view text) {
  return text.find_first_of("/@# ") == std::string_view::npos && check_actor_name(text).ok();
}

/// A host that stands for nowhere: no name server knows one of these, ever (RFC 6761, 6.4).
inline constexpr std::string_view nowhere = ".invalid";

/// Whether the node of this address may be found there. Where it may not, nobody looks up its host
/// or dials it; it is reached on the connections that it has made, and on no others.
[[nodiscard]] inline bool takes_connections(const NodeAddress& address) noexcept {
  return !address.host.ends_with(nowhere);
}

/// A value; two are equal where address and incarnation are.
struct NodeIdentity {
  NodeAddress address;
  std::uint64_t incarnation = 0;  ///< Never 0 for a node that runs.

  /// "name@host:port#incarnation", the incarnation in hexadecimal: how refs name a node.
  [[nodiscard]] std::string to_string() const;

  /// What to_string() wrote; none for any other text, such as an address without an incarnation, or
  /// an incarnation of 0. Upper-case digits are taken too.
  [[nodiscard]] static std::optional<NodeIdentity> parse(std::string_view text);

  friend bool operator==(const NodeIdentity&, const NodeIdentity&) = default;
};

/// As it stands in a node's identity and in logs: in hexadecimal, lower case, without zeros before
/// it.
[[nodiscard]] inline std::string incarnation_text(std::uint64_t incarnation) {
  char digits[16];
  return {digits, std::to_chars(digits, digits + sizeof digits, incarnation, 16).ptr};
}

/// The address of a node that takes no connections, unlike that of any other life: its host is its
/// incarnation, and stands for nowhere.
[[nodiscard]] inline NodeAddress address_without_place(std::string name,
                                                       std::uint64_t incarnation) {
  return {std::move(name), incarnation_text(incarnation) + std::string(nowhere), 1};
}

inline std::string NodeIdentity::to_string() const {
  return address.to_string() + "#" + incarnation_text(incarnation);
}

inline std::optional<NodeIdentity> NodeIdentity::parse(std::string_view text) {
  const std::size_t mark = text.rfind('#');
  if (mark == std::string_view::npos) return std::nullopt;
  auto address = NodeAddress::parse(text.substr(0, mark));
  if (!address.ok()) return std::nullopt;
  NodeIdentity identity{*std::move(address), 0};
  const std::string_view digits = text.substr(mark + 1);
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, identity.incarnation, 16);
  if (error != std::errc() || end != last || identity.incarnation == 0) return std::nullopt;
  return identity;
}

}  // namespace troupe::transport
