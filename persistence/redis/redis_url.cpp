#include <troupe/persistence/redis/redis_url.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <troupe/base/printable.hpp>
#include <utility>

namespace troupe::redis {
namespace {

constexpr std::uint16_t redis_port = 6379;
constexpr std::uint16_t sentinel_port = 26379;
constexpr unsigned database_max = 1'000'000;
constexpr std::size_t path_bytes_max = 107;  // What a sockaddr_un has room for.

Error bad(std::string reason) { return bad_setting("the Redis URL " + std::move(reason)); }

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string quoted(std::string_view text) { return "'" + printable(text, 100) + "'"; }

Result<std::string> unescaped(std::string_view text, std::string_view what) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result.push_back(text[at]);
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || failure != std::errc() || end != digits.data() + 2) {
      return bad("has a % in the " + std::string(what) + " without two hexadecimal digits");
    }
    result.push_back(static_cast<char>(value));
    at += 2;
  }
  return result;
}

/// Takes "user:password@" off the front of `rest`.
Result<void> take_credentials(std::string_view& rest, RedisUrl& url) {
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string_view both = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const std::size_t colon = both.find(':');
  if (colon == std::string_view::npos) {
    return bad("has no ':' in front of the password: write user:password@ or :password@");
  }
  Result<std::string> user = unescaped(both.substr(0, colon), "user");
  if (!user) return user.error();
  Result<std::string> password = unescaped(both.substr(colon + 1), "password");
  if (!password) return password.error();
  if (password->empty()) return bad("has an empty password in front of the '@'");
  url.user = *std::move(user);
  url.password = *std::move(password);
  return {};
}

Result<void> take_database(std::string_view text, RedisUrl& url) {
  const std::optional<unsigned> database = number<unsigned>(text);
  if (!database || *database > database_max) {
    return bad("names the database " + quoted(text) + ", which is no number from 0 to " +
               std::to_string(database_max));
  }
  url.database = *database;
  return {};
}

Result<Endpoint> host_port(std::string_view text, std::uint16_t default_port) {
  Endpoint result{.host = {}, .port = default_port, .path = {}};
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return bad("has no ']' in the host " + quoted(text));
    result.host = text.substr(1, end - 1);
    const std::string_view after = text.substr(end + 1);
    if (!after.empty() && after.front() != ':') {
      return bad("has " + quoted(after) + " behind the ']' of a host, not :port");
    }
    has_port = !after.empty();
    if (has_port) port = after.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    if (colon != text.rfind(':')) {
      return bad("has an IPv6 address that is not in brackets: " + quoted(text));
    }
    result.host = text.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
  }
  const bool is_odd = std::ranges::any_of(result.host, [](char one) {
    return static_cast<unsigned char>(one) <= ' ' || one == '\x7f' || one == '?' || one == '#';
  });
  if (result.host.empty()) return bad("has no host where " + quoted(text) + " stands");
  if (is_odd) return bad("has a host with characters that no host has: " + quoted(result.host));
  if (has_port) {
    const std::optional<std::uint16_t> value = number<std::uint16_t>(port);
    if (!value || *value == 0) {
      return bad("names the port " + quoted(port) + " of " + quoted(result.host) +
                 ", which is no number from 1 to 65535");
    }
    result.port = *value;
  }
  return result;
}

Result<RedisUrl> parse_server(std::string_view rest) {
  RedisUrl url;
  if (Result<void> taken = take_credentials(rest, url); !taken) return taken.error();
  const std::size_t slash = rest.find('/');
  Result<Endpoint> endpoint = host_port(rest.substr(0, slash), redis_port);
  if (!endpoint) return endpoint.error();
  url.endpoints.push_back(*std::move(endpoint));
  if (slash != std::string_view::npos && slash + 1 < rest.size()) {
    if (Result<void> taken = take_database(rest.substr(slash + 1), url); !taken)
      return taken.error();
  }
  return url;
}

Result<RedisUrl> parse_unix(std::string_view rest) {
  RedisUrl url;
  if (Result<void> taken = take_credentials(rest, url); !taken) return taken.error();
  const std::size_t query = rest.find('?');
  const std::string_view path = rest.substr(0, query);
  if (!path.starts_with('/')) {
    return bad("has the path " + quoted(path) + ", which does not begin with '/'");
  }
  if (path.size() > path_bytes_max || path.find('\0') != std::string_view::npos) {
    return bad("has a path that is no socket's: " + std::to_string(path_bytes_max) +
               " bytes at most, none of them 0");
  }
  url.endpoints.push_back({.host = {}, .port = 0, .path = std::string(path)});
  if (query == std::string_view::npos) return url;
  const std::string_view setting = rest.substr(query + 1);
  if (!setting.starts_with("db=")) {
    return bad("has " + quoted(setting) + " behind the '?', where only db=n may stand");
  }
  if (Result<void> taken = take_database(setting.substr(3), url); !taken) return taken.error();
  return url;
}

Result<RedisUrl> parse_sentinel(std::string_view rest) {
  RedisUrl url;
  if (Result<void> taken = take_credentials(rest, url); !taken) return taken.error();
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash + 1 == rest.size()) {
    return bad("has no name of a master behind the Sentinels: sentinel://host:port/name");
  }
  std::string_view hosts = rest.substr(0, slash);
  std::string_view name = rest.substr(slash + 1);
  while (true) {
    const std::size_t comma = hosts.find(',');
    Result<Endpoint> one = host_port(hosts.substr(0, comma), sentinel_port);
    if (!one) return one.error();
    url.endpoints.push_back(*std::move(one));
    if (comma == std::string_view::npos) break;
    hosts.remove_prefix(comma + 1);
  }
  if (url.endpoints.size() > RedisUrl::sentinels_max) {
    return bad("names " + std::to_string(url.endpoints.size()) + " Sentinels; at most " +
               std::to_string(RedisUrl::sentinels_max) + " may be");
  }
  if (const std::size_t end = name.find('/'); end != std::string_view::npos) {
    const std::string_view database = name.substr(end + 1);
    name = name.substr(0, end);
    if (Result<void> taken = take_database(database, url); !taken) return taken.error();
  }
  if (name.empty()) return bad("has an empty name of a master behind the Sentinels");
  url.master = name;
  return url;
}

}  // namespace

std::string Endpoint::to_string() const {
  if (!path.empty()) return "unix:" + path;
  const bool in_brackets = host.find(':') != std::string::npos;
  return (in_brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<RedisUrl> RedisUrl::parse(std::string_view text) {
  if (text.size() > bytes_max) {
    return bad("is longer than " + std::to_string(bytes_max) + " bytes");
  }
  const std::size_t colon = text.find("://");
  const std::string_view scheme = text.substr(0, colon);
  if (colon != std::string_view::npos) {
    const std::string_view rest = text.substr(colon + 3);
    if (scheme == "redis") return parse_server(rest);
    if (scheme == "unix") return parse_unix(rest);
    if (scheme == "sentinel") return parse_sentinel(rest);
    if (scheme == "rediss") return bad("asks for TLS (rediss://), which is not spoken");
  }
  // Nothing of the text is repeated: without a scheme that is known it may all be a password.
  return bad("does not begin with redis://, unix:// or sentinel://");
}

std::string RedisUrl::to_string() const {
  const std::string who = password.empty() ? "" : user + ":***@";
  const std::string number = std::to_string(database);
  if (!by_sentinel() && !endpoints.front().path.empty()) {
    return "unix://" + who + endpoints.front().path + (database == 0 ? "" : "?db=" + number);
  }
  std::string text = (by_sentinel() ? "sentinel://" : "redis://") + who;
  for (const Endpoint& one : endpoints) {
    if (&one != &endpoints.front()) text += ",";
    text += one.to_string();
  }
  if (by_sentinel()) text += "/" + master;
  if (database != 0) text += "/" + number;
  return printable(text);
}

}  // namespace troupe::redis
