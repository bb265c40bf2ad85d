#include <troupe/transport/keys.hpp>

namespace troupe {
namespace {

/// The alphabet of Z85 (ZeroMQ RFC 32).
constexpr std::string_view key_alphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

}  // namespace

bool is_key(std::string_view text) noexcept {
  return text.size() == key_characters &&
         text.find_first_not_of(key_alphabet) == std::string_view::npos;
}

}  // namespace troupe
