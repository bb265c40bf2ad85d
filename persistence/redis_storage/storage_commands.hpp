// What a storage in Redis sends for each request, and what it makes of the answer. Pure: neither
// the client nor a socket is seen here.
#pragma once

#include <cstddef>
#include <string>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/redis/command.hpp>
#include <troupe/persistence/redis/reply.hpp>
#include <troupe/persistence/snapshot_store.hpp>
#include <troupe/persistence/storage_limits.hpp>

namespace troupe::persistence {

/// What commands are made with.
struct CommandPlace {
  std::string cluster = {};
  const StorageLimits& limits;
  std::uint64_t lease_ms = 0;  ///< Of an owner's node.
};

/// The command of a request that takes one. Any thread.
[[nodiscard]] redis::Command command_for(const ClaimQueue& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const AppendBatch& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ReadQueue& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const SettleBatch& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ControlQueue& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ShowQueue& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ListDeadLetters& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const HandleDeadLetters& request,
                                         const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ClaimJournal& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const AppendEvents& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ReadEvents& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const EraseJournal& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const SaveSnapshot& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const LoadSnapshot& request, const CommandPlace& place);
/// Of those that take one for each bucket.
[[nodiscard]] redis::Command command_for(const ListQueues& request, std::size_t bucket,
                                         const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ListJournals& request, std::size_t bucket,
                                         const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ReadTag& request, std::size_t bucket,
                                         const CommandPlace& place);
/// Whether what was refused for want of memory is a repetition.
[[nodiscard]] redis::Command known_command(const AppendBatch& request, const CommandPlace& place);
[[nodiscard]] redis::Command known_command(const AppendEvents& request, const CommandPlace& place);

/// Sets the answer of the request. A reply that is none of a script's makes it `damaged`.
void take_reply(ClaimQueue& request, const redis::Reply& reply);
void take_reply(AppendBatch& request, const redis::Reply& reply);
void take_reply(ReadQueue& request, const redis::Reply& reply);
void take_reply(SettleBatch& request, const redis::Reply& reply);
void take_reply(ControlQueue& request, const redis::Reply& reply);
void take_reply(ShowQueue& request, const redis::Reply& reply);
void take_reply(ListDeadLetters& request, const redis::Reply& reply);
void take_reply(HandleDeadLetters& request, const redis::Reply& reply);
void take_reply(ClaimJournal& request, const redis::Reply& reply);
void take_reply(AppendEvents& request, const redis::Reply& reply);
void take_reply(ReadEvents& request, const redis::Reply& reply);
void take_reply(EraseJournal& request, const redis::Reply& reply);
void take_reply(SaveSnapshot& request, const redis::Reply& reply);
void take_reply(LoadSnapshot& request, const redis::Reply& reply);
/// Adds what one bucket has. False: it was no answer, and the request says so.
bool add_reply(ListQueues& request, const redis::Reply& reply);
bool add_reply(ListJournals& request, const redis::Reply& reply);
bool add_reply(ReadTag& request, std::size_t bucket, const redis::Reply& reply);

}  // namespace troupe::persistence
