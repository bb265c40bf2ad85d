// Reply: what a Redis server answered to one command (RESP2). A value.
//
//   GET        string, or nil where there is no such key
//   SET        status "OK", or nil where NX or XX did not hold
//   INCR, DEL  integer
//   MGET       array, whose elements are strings or nil
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::redis {

/// Which of the other fields counts is said by `kind`; they are 0 or empty for all other kinds.
struct Reply {
  enum class Kind : std::uint8_t {
    nil,      ///< Nothing there; also an array that is none.
    integer,  ///< Signed, 64 bits.
    string,   ///< Any bytes; an empty one is no nil.
    status,   ///< "OK", "PONG".
    error,    ///< Within an array only: an error as the whole answer is the Result's Error.
    array,    ///< Its elements may be of different kinds, and arrays too.
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
