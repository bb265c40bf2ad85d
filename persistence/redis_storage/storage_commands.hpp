// What a storage in Redis sends for each request, and what it makes of the answer. Pure: neither
// the client nor a socket is seen here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/redis/command.hpp>
#include <troupe/persistence/redis/reply.hpp>
#include <troupe/persistence/redis_storage/claimed_queues.hpp>
#include <troupe/persistence/snapshot_store.hpp>
#include <troupe/persistence/storage_limits.hpp>

namespace troupe::persistence {

/// That one reply is asked for at most, however much the request may take: the connection carries
/// what others ask as well.
inline constexpr std::size_t reply_page_bytes = std::size_t{8} << 20U;
inline constexpr const char* late_claim = "it came after a later one of the same sender";

/// What commands are made with.
struct CommandPlace {
  std::string cluster = {};
  const StorageLimits& limits;
  std::uint64_t lease_ms = 15'000;  ///< Of an owner's node.
  std::string sender = {};          ///< Unlike any other storage's.
};
/// `number`: of this sender, greater each time: so a claim or an erasure that comes after a later
/// one does nothing. Any thread.
[[nodiscard]] redis::Command command_for(const ClaimQueue& request, const CommandPlace& place,
                                         std::uint64_t number);
[[nodiscard]] redis::Command command_for(const DropQueue& request, const CommandPlace& place,
                                         std::uint64_t number);
[[nodiscard]] redis::Command command_for(const ClaimJournal& request, const CommandPlace& place,
                                         std::uint64_t number);
[[nodiscard]] redis::Command command_for(const EraseJournal& request, const CommandPlace& place,
                                         std::uint64_t number);

/// The command of a request that takes one. Any thread.
[[nodiscard]] redis::Command command_for(const AppendBatch& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ReadQueue& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const SettleBatch& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ControlQueue& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ShowQueue& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ListDeadLetters& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const HandleDeadLetters& request,
                                         const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const AppendEvents& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ReadEvents& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const SaveSnapshot& request, const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const LoadSnapshot& request, const CommandPlace& place);
/// Of those that take one for each bucket.
[[nodiscard]] redis::Command command_for(const ListQueues& request, std::size_t bucket,
                                         const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ListJournals& request, std::size_t bucket,
                                         const CommandPlace& place);
[[nodiscard]] redis::Command command_for(const ReadTag& request, std::size_t bucket,
                                         const CommandPlace& place);
/// Looks what another life of the server has lost of a queue that was claimed in an earlier one,
/// and makes up for it. `step`: of the answer before, where that was not all.
[[nodiscard]] redis::Command restore_command(const std::string& queue, const ClaimedQueue& known,
                                             std::uint64_t step, const CommandPlace& place);
/// Which of some queues of a bucket have more than is known of them.
[[nodiscard]] redis::Command news_command(std::size_t bucket, std::span<const KnownQueue> queues,
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
void take_reply(DropQueue& request, const redis::Reply& reply);
void take_reply(ClaimJournal& request, const redis::Reply& reply);
void take_reply(AppendEvents& request, const redis::Reply& reply);
void take_reply(ReadEvents& request, const redis::Reply& reply);
void take_reply(EraseJournal& request, const redis::Reply& reply);
void take_reply(SaveSnapshot& request, const redis::Reply& reply);
void take_reply(LoadSnapshot& request, const redis::Reply& reply);
/// What restore_command() has answered.
struct Restored {
  enum class Verdict : std::uint8_t { restored, more, fenced, strange };
  Verdict verdict = Verdict::strange;
  std::uint64_t step = 0;
  QueueState state = {};
};
[[nodiscard]] Restored restored_in(const std::string& queue, const redis::Reply& reply);
/// Adds what one bucket has. False: it was no answer, and the request says so.
bool add_reply(ListQueues& request, const redis::Reply& reply);
bool add_reply(ListJournals& request, const redis::Reply& reply);
bool add_reply(ReadTag& request, std::size_t bucket, const redis::Reply& reply);

}  // namespace troupe::persistence
