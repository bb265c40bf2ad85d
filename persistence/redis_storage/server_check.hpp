// Whether a Redis server can keep what it answers.
#pragma once

#include <troupe/base/result.hpp>
#include <troupe/persistence/redis/server_facts.hpp>

namespace troupe::persistence {

/// Why it cannot; ok where it can. Pure.
[[nodiscard]] Result<void> check_server(const redis::ServerFacts& facts, bool volatile_ok);

}  // namespace troupe::persistence
