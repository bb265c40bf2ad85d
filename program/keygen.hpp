// `troupe keygen`: makes the keys of one node.
#pragma once

#include <string>
#include <troupe/base/result.hpp>

namespace troupe::program {

/// Writes the keys to `file`, and the line for the trusted keys, and nothing else, to standard
/// output, so that it can be appended to a file.
[[nodiscard]] Result<void> make_keys(const std::string& node, const std::string& file);

}  // namespace troupe::program
