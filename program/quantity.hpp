// Quantities as an operator writes them: "1500ms", "10s", "infinite"; "64MiB", "4096". Pure.
//
// What text_of() writes, the parser of its kind reads as the same quantity.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>

namespace troupe::program {

/// A number and a unit without a space: ns, us, ms, s, min, h or d. The number may have decimals,
/// as in "1.5s"; what is less than a nanosecond is cut off. "infinite" is Duration::max(). Errors:
/// `invalid_setting`, with what is wrong and what would be right.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
/// In the largest unit in which it is a whole number.
[[nodiscard]] std::string text_of(Duration duration);

/// A whole number of bytes, KiB, MiB or GiB, each 1,024 of the one before; without a unit, of
/// bytes. Errors as above.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
/// In the largest unit in which it is a whole number.
[[nodiscard]] std::string text_of_size(std::uint64_t bytes);

/// A whole number that is not negative. Errors as above.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);

/// Any finite number. Errors as above.
[[nodiscard]] Result<double> parse_real(std::string_view text);
/// The shortest text that parse_real() reads as the same number.
[[nodiscard]] std::string text_of(double number);

/// "true" or "false". Errors as above.
[[nodiscard]] Result<bool> parse_truth(std::string_view text);

}  // namespace troupe::program
