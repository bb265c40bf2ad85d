// Making and checking pairs of keys, which takes ZeroMQ's cryptography.
#pragma once

#include <troupe/base/result.hpp>
#include <troupe/transport/keys.hpp>

namespace troupe {

// Any thread. Errors: `invalid_setting` where this libzmq was built without CURVE.

/// A new pair, from the machine's source of randomness.
[[nodiscard]] Result<KeyPair> generate_keys();

/// Whether the two belong together. Errors: `invalid_setting` where they do not, too.
[[nodiscard]] Result<void> check_pair(const KeyPair& keys);

}  // namespace troupe
