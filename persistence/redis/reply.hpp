// Reply: what a Redis server answered to one command (RESP2). A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::redis {

struct Reply {
  enum class Kind : std::uint8_t {
    nil,
    integer,
    string,
    status,  ///< "OK", "PONG".
    error,   ///< Within an array only: an error as the whole answer is the Result's Error.
    array,
  };

  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text = {};  ///< Of a string, status or error. Any bytes.
  std::vector<Reply> elements = {};

  [[nodiscard]] bool is_nil() const noexcept { return kind == Kind::nil; }
  [[nodiscard]] bool is_status(std::string_view expected) const noexcept {
    return kind == Kind::status && text == expected;
  }
  friend bool operator==(const Reply&, const Reply&) = default;
};

}  // namespace troupe::redis
