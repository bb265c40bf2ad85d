// What a backend looks up in an operation whatever it is: its name, and what it adds.
#pragma once

#include <cstddef>
#include <string_view>
#include <troupe/base/check.hpp>
#include <troupe/persistence/back_up.hpp>
#include <troupe/persistence/durable_queue.hpp>
#include <troupe/persistence/journal.hpp>
#include <troupe/persistence/snapshot_store.hpp>
#include <utility>

namespace troupe::persistence {

/// Calls `function` with the operation as what it is. Owner only.
template <class Function>
decltype(auto) visit(Operation& operation, Function&& function) {
  using Kind = Operation::Kind;
  const auto as = [&]<class Request>(Request*) -> decltype(auto) {
    return std::forward<Function>(function)(static_cast<Request&>(operation));
  };
  switch (operation.kind()) {
    case Kind::claim_queue: return as(static_cast<ClaimQueue*>(nullptr));
    case Kind::append_batch: return as(static_cast<AppendBatch*>(nullptr));
    case Kind::read_queue: return as(static_cast<ReadQueue*>(nullptr));
    case Kind::settle_batch: return as(static_cast<SettleBatch*>(nullptr));
    case Kind::control_queue: return as(static_cast<ControlQueue*>(nullptr));
    case Kind::show_queue: return as(static_cast<ShowQueue*>(nullptr));
    case Kind::list_queues: return as(static_cast<ListQueues*>(nullptr));
    case Kind::list_dead_letters: return as(static_cast<ListDeadLetters*>(nullptr));
    case Kind::handle_dead_letters: return as(static_cast<HandleDeadLetters*>(nullptr));
    case Kind::drop_queue: return as(static_cast<DropQueue*>(nullptr));
    case Kind::claim_journal: return as(static_cast<ClaimJournal*>(nullptr));
    case Kind::append_events: return as(static_cast<AppendEvents*>(nullptr));
    case Kind::read_events: return as(static_cast<ReadEvents*>(nullptr));
    case Kind::read_tag: return as(static_cast<ReadTag*>(nullptr));
    case Kind::erase_journal: return as(static_cast<EraseJournal*>(nullptr));
    case Kind::list_journals: return as(static_cast<ListJournals*>(nullptr));
    case Kind::save_snapshot: return as(static_cast<SaveSnapshot*>(nullptr));
    case Kind::load_snapshot: return as(static_cast<LoadSnapshot*>(nullptr));
    case Kind::back_up: return as(static_cast<BackUp*>(nullptr));
  }
  check_failed("kind", "an operation is one of the requests", __FILE__, __LINE__);
}

/// What kind of thing it is about, "queue", "journal" or "tag", and its name; both empty for lists.
[[nodiscard]] std::pair<std::string_view, std::string_view> subject(Operation& operation);

/// Bytes that it adds to storage; 0 for all that adds nothing.
[[nodiscard]] std::size_t added_bytes(Operation& operation);

/// Whether it is refused where too much waits already.
[[nodiscard]] bool adds(const Operation& operation) noexcept;

/// The queue whose owner has to look at it now that this is carried out: whatever was added, taken
/// away or said by somebody else. Empty: none.
[[nodiscard]] std::string_view woken_by(Operation& operation) noexcept;

/// Brings what says how far and how much into the range of all storages: at least one, numbers up
/// to 2^53 - 1, and no page of more than 2^30.
void into_range(Operation& operation) noexcept;

/// Whether it may change what is stored: where its outcome is not known it is `unknown`, else it is
/// `unavailable`.
[[nodiscard]] bool writes(const Operation& operation) noexcept;

}  // namespace troupe::persistence
