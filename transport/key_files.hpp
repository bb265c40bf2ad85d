// Key files: a node's own keys, and the list of those it trusts, as text.
//
//   keys file      public-key KEY        One node's. Only its owner may read it (mode 0600);
//                  secret-key KEY        a file that others can read is refused.
//
//   trusted keys   NODE KEY  # comment   A line for each key, as `troupe keygen` prints it. A node
//                                        that changes its key has two for a while.
//
// Empty lines, and lines that begin with '#', say nothing. A key itself may begin with '#'.
#pragma once

#include <string>
#include <string_view>
#include <troupe/base/result.hpp>
#include <troupe/transport/keys.hpp>
#include <vector>

namespace troupe {

/// Limit of a key file, in bytes [4 MiB]: some 80,000 trusted keys. A longer one is refused.
inline constexpr std::size_t key_file_bytes_max = std::size_t{4} << 20U;

// Any thread; they block for the disk. Errors: `invalid_setting`, with the file, the line, and what
// would be right.

/// Both keys of one node. Refused where the file is not there, cannot be read, has a bit of its
/// mode for the group or for others, or is no keys file.
[[nodiscard]] Result<KeyPair> read_key_file(const std::string& name);

/// Makes the file, with mode 0600, and returns when its bytes are on the disk. One that is there is
/// left as it is, and refused. Where writing fails the file is taken away again. The keys are
/// written as they are given: see is_key().
[[nodiscard]] Result<void> write_key_file(const std::string& name, const KeyPair& keys);

/// The keys in the order of their lines. Anybody may read this file: it holds no secret, but who
/// can write to it decides who is trusted. An empty file is a list of none.
[[nodiscard]] Result<std::vector<TrustedKey>> read_trusted_keys(const std::string& name);

// The same from text, for keys that come from elsewhere than a file: a vault, or the environment.
// `source` is what errors call it. They block on nothing.

[[nodiscard]] Result<KeyPair> parse_keys(std::string_view text, const std::string& source);
[[nodiscard]] Result<std::vector<TrustedKey>> parse_trusted_keys(std::string_view text,
                                                                 const std::string& source);

/// The line of a trusted-keys file, without its end: "NODE KEY".
[[nodiscard]] std::string trusted_line(const TrustedKey& key);

}  // namespace troupe
