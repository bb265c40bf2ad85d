// RedisCounts: what a Redis client has done, in numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <troupe/persistence/redis/client_core.hpp>

namespace troupe::redis {

/// Of one moment between two rounds of the client's thread. `waiting` and what follows is now; all
/// else counts from the client's start on, and only grows.
struct RedisCounts {
  CommandCounts commands;
  ConnectionCounts connections;
  std::uint64_t turned_away = 0;         ///< By send(): not among the commands.
  std::uint64_t log_lines_left_out = 0;  ///< Past 10 in a minute.
  std::size_t waiting = 0;               ///< Commands that are held, and
  std::size_t waiting_bytes = 0;         ///< their bytes.
  bool is_connected = false;             ///< And greeted: commands go out.
};

}  // namespace troupe::redis
