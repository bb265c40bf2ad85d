// parse_json(): JSON text as a value, and nothing but what the text says: where a parser would lose
// something of it without a word, it is refused.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <troupe/wire/nesting.hpp>

namespace troupe::program {

/// Limit of the levels of JSON text. A level of a message may be written as two: a list of pairs.
inline constexpr std::size_t json_levels_max = std::size_t{2} * wire::nesting_depth_max;

/// What an error quotes of a text, in bytes.
inline constexpr std::size_t json_quoted_max = 60;

/// Errors: `malformed`, for text that is no JSON, with the line and the column; and, with what it
/// is, for a key that is in one object twice, a number that 64 bits do not hold as it is written,
/// and more than json_levels_max.
[[nodiscard]] Result<void> parse_json(std::string_view text, nlohmann::json& value);

/// Levels of lists and objects that a value has.
[[nodiscard]] std::size_t levels_of(const nlohmann::json& value);

/// The integer of 64 bits that a text is; else the text.
[[nodiscard]] nlohmann::json integer_or_text(const std::string& text);

/// Whether a floating-point number with so many bits for its digits has this integer unchanged.
[[nodiscard]] bool holds_integer(int digits, const nlohmann::json& integer);

}  // namespace troupe::program
