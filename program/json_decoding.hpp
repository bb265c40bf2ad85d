// A message as JSON, by the shape of its type, as json_encoding.hpp says.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <troupe/base/result.hpp>
#include <troupe/program/shape.hpp>

namespace troupe::program {

/// One value as JSON in one line, which a terminal may have: control characters are escapes. Text
/// in it that is no UTF-8 has U+FFFD for each wrong byte, and a number that JSON has not, as NaN,
/// is null. Errors: `malformed` for bytes that are no such value.
[[nodiscard]] Result<std::string> decode_to_json(std::span<const std::byte> bytes,
                                                 const Shape& shape);

}  // namespace troupe::program
