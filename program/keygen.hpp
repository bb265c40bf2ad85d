// `troupe keygen`: makes the keys of one node.
#pragma once

#include <string>
#include <troupe/base/result.hpp>

namespace troupe::program {

/// Writes the keys to `file`, and the line for the trusted keys, and nothing else, to standard
/// output, so that it can be appended to a file. Errors: as write_key_file(); `refused` where
/// standard output did not take the line, and then there is no file either.
[[nodiscard]] Result<void> make_keys(const std::string& node, const std::string& file);

}  // namespace troupe::program
