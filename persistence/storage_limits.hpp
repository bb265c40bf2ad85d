// StorageLimits: how much storage takes, whatever the backend.
#pragma once

#include <cstddef>
#include <troupe/base/result.hpp>

namespace troupe::persistence {

/// All are above 0. What breaks one is `refused`, unless it says otherwise.
struct StorageLimits {
  /// One message or event. A larger one holds up all that wait behind it.
  std::size_t record_bytes_max = std::size_t{1} << 20U;
  /// One snapshot.
  std::size_t snapshot_bytes_max = std::size_t{16} << 20U;
  /// One batch of messages or events. More cost fewer writes and a longer wait for others. A
  /// batch's bytes are not below those of a record.
  std::size_t batch_records_max = 1'024;
  std::size_t batch_bytes_max = std::size_t{4} << 20U;
  /// Operations that wait, and the bytes of what they add; one that adds and finds no room is
  /// `unavailable`. What settles, claims and reads is always taken: each owner has few under way.
  std::size_t waiting_max = 100'000;
  std::size_t waiting_bytes_max = std::size_t{64} << 20U;
  /// Dead letters that a queue keeps; past it the oldest go, counted in StorageCounts.
  std::size_t dead_letters_max = 100'000;
};

/// Bytes of a queue's name, a journal's key or a tag.
inline constexpr std::size_t name_bytes_max = 255;
/// Tags of an event, on average over an append.
inline constexpr std::size_t tags_per_event_max = 16;
/// Bytes of a dead letter's error that are kept.
inline constexpr std::size_t error_bytes_max = 1'024;
/// Deaths that a message's history keeps.
inline constexpr std::size_t deaths_max = 16;
/// Producers that a queue remembers, for batches that come again; past it the one goes that has
/// not appended for longest.
inline constexpr std::size_t producers_max = 1'024;
/// Dead letters that one HandleDeadLetters handles, and the bytes of their records: but one.
inline constexpr std::size_t letters_at_once_max = 1'024;
inline constexpr std::size_t letters_bytes_at_once_max = std::size_t{4} << 20U;

/// `invalid_setting`, which names the first that is out of its range. Any thread.
[[nodiscard]] Result<void> check(const StorageLimits& limits);

}  // namespace troupe::persistence
