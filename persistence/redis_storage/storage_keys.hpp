// Keys of a storage in Redis. All keys of one name share a hash tag, so one slot of a Redis Cluster
// has them: its bucket, of which there are 64.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::persistence {

/// Part of what is stored: another number finds nothing of what is there.
inline constexpr std::size_t buckets = 64;

/// FNV-1a of the name. Any thread.
[[nodiscard]] std::size_t bucket_of(std::string_view name) noexcept;

/// "troupe:<cluster>:{<bucket>}:", what all keys of a bucket begin with. Any thread.
[[nodiscard]] std::string bucket_begin(std::string_view cluster, std::size_t bucket);

}  // namespace troupe::persistence
