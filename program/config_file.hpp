// A configuration file: TOML, read into the values that it gives, without a look at what settings
// there are.
#pragma once

#include <string>
#include <string_view>
#include <troupe/program/configuration.hpp>
#include <vector>

namespace troupe::program {

/// Limit of a configuration file, in bytes [1 MiB]. A longer one is refused.
inline constexpr std::size_t config_file_bytes_max = std::size_t{1} << 20U;

/// Limit of the parts of one key, as a.b.c has three [16]: each is a table within another one.
inline constexpr std::size_t key_parts_max = 16;

/// In the order of their keys, each with "FILE:LINE:COLUMN" as its place. A table's name is the
/// first part of its keys. Errors: `invalid_setting`, for a file that is not there or is no TOML,
/// and for a key of more than key_parts_max or with a dot in quotes, with the place and what is
/// wrong. Blocks for the disk; any thread.
[[nodiscard]] Result<std::vector<GivenValue>> read_config_file(const std::string& file);

/// The same from text; `source` is what places call it.
[[nodiscard]] Result<std::vector<GivenValue>> parse_config(std::string_view text,
                                                           const std::string& source);

}  // namespace troupe::program
