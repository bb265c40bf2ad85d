// ServerFacts: what a Redis server says of itself when a connection to it is ready.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::redis {

/// From INFO. Where that is forbidden (ACL), the texts are empty and `known` is false.
struct ServerFacts {
  std::uint64_t connection = 0;  ///< Counts the connections of this client, from 1.
  std::string endpoint;          ///< "127.0.0.1:6379", "unix:/run/redis.sock".
  bool known = false;
  std::string version;           ///< "7.0.15".
  std::string run_id;            ///< Another one after each start of the server.
  std::string role;              ///< "master" or "slave".
  std::string replication_id;    ///< master_replid: another one after each fail-over.
  std::uint64_t replicas = 0;    ///< That are connected to it.
  std::string eviction_policy;   ///< "noeviction" is the only one that loses nothing.
  std::uint64_t memory_max = 0;  ///< Bytes; 0: no limit, and nothing is evicted.
  bool append_only = false;      ///< Writes go to a file before, or soon after, they are answered.
  std::string append_sync;       ///< appendfsync, where it was asked for and may be: "always".
  bool loses_writes = false;     ///< The last write to its file of writes, or its dump, failed.

  /// Whether keys may vanish for lack of memory.
  [[nodiscard]] bool may_evict() const noexcept {
    return memory_max != 0 && !eviction_policy.empty() && eviction_policy != "noeviction";
  }
};

/// Reads the text that INFO answers; fields that are missing stay as they are.
[[nodiscard]] ServerFacts read_server_facts(std::string_view info);

}  // namespace troupe::redis
