// Table commands: requests to a cluster's table as commands for Redis, and its replies as answers.
#pragma once

#include <span>
#include <string>
#include <troupe/base/result.hpp>
#include <troupe/cluster/table/table_protocol.hpp>
#include <troupe/persistence/redis/command.hpp>
#include <troupe/persistence/redis/reply.hpp>

namespace troupe::cluster {

/// With the keys of table_keys(). Any thread.
[[nodiscard]] redis::Command table_command(const TableRequest& request,
                                           std::span<const std::string> keys);

/// Errors: `malformed` for a reply that no script of ours gives, with what is wrong with it. Any
/// thread.
[[nodiscard]] Result<TableAnswer> table_answer(const redis::Reply& reply);

}  // namespace troupe::cluster
