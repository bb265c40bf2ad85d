// A message from JSON, by the shape of its type. json_decoding.hpp reads the same, and prints it.
//
//   in a description          in JSON
//   bool, int32, float64      true or false, a number
//   bank::Currency:int32      a number: the enumerators' names are not told
//   string, nil               a string, null
//   bytes                     a string of hexadecimal digits, two for each byte
//   duration, time_point      the number of its units
//   bank::Line{...}           an object; fields that are optional may be left out, no others
//   [int32], 3[int32], (...)  a list
//   map<string, int32>        an object; with keys that are neither text nor integers a list of
//                             pairs
//   optional<int32>           null, or the value
//   variant<int32, string>    {"alternative": 1, "value": "tea"}, counted from 0; or the value
//                             alone, where it fits one of them only
//   ref                       null, or the actor's path, with its node, as a string; in answers
//   also
//                             the address of its node with the life and the number there:
//                             "bank@host:1#7f/12"
//   a codec of its own        what msgpack and JSON have in common, as it is
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <troupe/program/shape.hpp>
#include <vector>

namespace troupe::program {

/// Limits of the looks at values that finding out which alternatives fit may take: so many, and so
/// many more for each byte of the text. Each level of variants may take a multiple of the one
/// within.
inline constexpr std::size_t json_looks_max = 1'000'000;
inline constexpr std::size_t looks_per_json_byte_max = 100;

/// Errors: `malformed` for what parse_json() refuses: text that is no JSON, with the line and the
/// column.
[[nodiscard]] Result<void> check_json(std::string_view json);

/// The message in its bytes. Nothing is changed on the way: a number that the type does not hold, a
/// key that is there twice, and a path that is not whole are refused. Errors: `malformed`, as
/// above, and for what does not fit the shape, with the place in the message, what is there, and
/// what would be right: "lines[2].price is \"x\"; it has to be a number".
[[nodiscard]] Result<std::vector<std::byte>> encode_json(std::string_view json, const Shape& shape);

}  // namespace troupe::program
