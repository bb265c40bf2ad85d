#include <troupe/actor/actor_path.hpp>

#include <algorithm>
#include <charconv>
#include <troupe/base/printable.hpp>

namespace troupe {
namespace {

constexpr std::string_view scheme = "troupe://";

Error bad_path(std::string_view text, std::string_view what) {
  return {ErrorCode::invalid_path,
          "\"" + printable(text) + "\": " + std::string(what) +
              "; a path looks like /user/name or troupe://node@host:port/user/name",
          Execution::not_executed};
}

/// As it may stand in a log: a node's address or a path may come from anybody.
bool is_printable(std::string_view text) {
  const auto is_plain = [](unsigned char c) { return c > 0x20 && c < 0x7f; };
  if (std::ranges::all_of(text, is_plain)) return true;
  return text.find(' ') == std::string_view::npos && printable(text, std::string::npos) == text;
}

}  // namespace

std::string NodeAddress::to_string() const {
  return name + "@" + host + ":" + std::to_string(port);
}

Result<NodeAddress> NodeAddress::parse(std::string_view text) {
  const auto bad = [&](std::string_view what) {
    return Error(ErrorCode::invalid_path,
                 "\"" + printable(text) + "\": " + std::string(what) +
                     "; a node's address looks like name@host:port",
                 Execution::not_executed);
  };
  const std::size_t at = text.find('@');
  const std::size_t colon = text.rfind(':');
  if (at == std::string_view::npos) return bad("has no '@'");
  if (colon == std::string_view::npos || colon < at) return bad("has no port");
  NodeAddress address{std::string(text.substr(0, at)),
                      std::string(text.substr(at + 1, colon - at - 1)), 0};
  if (address.name.empty() || address.name.find('/') != std::string::npos) {
    return bad("has no node name");
  }
  if (address.host.empty()) return bad("has no host");
  if (!is_printable(address.name) || !is_printable(address.host)) {
    return bad("has a space, a control character, or bytes that are no UTF-8");
  }
  if (address.host.find(':') != std::string::npos &&
      (address.host.front() != '[' || address.host.back() != ']')) {
    return bad("an IPv6 address is written in brackets");
  }
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc() || end != digits.data() + digits.size() || address.port == 0) {
    return bad("the port is not a number from 1 to 65535");
  }
  return address;
}

std::string ActorPath::to_string() const {
  return node.name.empty() ? local : std::string(scheme) + node.to_string() + local;
}

Result<ActorPath> ActorPath::parse(std::string_view text) {
  if (text.size() > actor_path_bytes_max) {
    return bad_path(text.substr(0, 40), "is longer than 4096 bytes");
  }
  ActorPath path;
  std::string_view local = text;
  if (text.starts_with(scheme)) {
    const std::string_view rest = text.substr(scheme.size());
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return bad_path(text, "names no actor");
    auto node = NodeAddress::parse(rest.substr(0, slash));
    if (!node.ok()) return bad_path(text, node.error().context());
    path.node = *std::move(node);
    local = rest.substr(slash);
  }
  if (!local.starts_with('/')) return bad_path(text, "does not begin with '/' or troupe://");
  if (!is_printable(local))
    return bad_path(text, "has a space, a control character, or bytes that are no UTF-8");
  if (local.size() > 1 && local.ends_with('/')) return bad_path(text, "ends with '/'");
  if (local.find("//") != std::string_view::npos) return bad_path(text, "has an empty name");
  path.local = local;
  return path;
}

Result<void> check_actor_name(std::string_view name) {
  const auto bad = [&](std::string_view what) {
    return Error(
        ErrorCode::invalid_name,
        "\"" + printable(name.substr(0, 40)) + "\" " + std::string(what) +
            "; a name has 1 to 255 printable characters, no '/', and does not begin with '$'",
        Execution::not_executed);
  };
  if (name.empty()) return bad("is empty");
  if (name.size() > actor_name_bytes_max) return bad("is too long");
  if (name.find('/') != std::string_view::npos) return bad("contains '/'");
  if (name.front() == '$') return bad("begins with '$'");
  if (!is_printable(name))
    return bad("contains a space, a control character, or bytes that are no UTF-8");
  return {};
}

}  // namespace troupe
