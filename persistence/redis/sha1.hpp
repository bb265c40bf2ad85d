// SHA-1 (FIPS 180-4, section 6.1), because Redis names its scripts by it; nothing is secured by it.
#pragma once

#include <string>
#include <string_view>

namespace troupe::redis {

/// Forty hexadecimal digits in lower case. Any thread.
[[nodiscard]] std::string sha1_hex(std::string_view text);

}  // namespace troupe::redis
