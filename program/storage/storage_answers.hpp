// answer(): does on a storage what an operator asks. Each blocks until the storage has answered,
// which it does within times of its own, and puts what went wrong into the answer's `problem`.
#pragma once

#include <troupe/program/storage/storage_requests.hpp>

namespace troupe::persistence {
class Storage;
}

namespace troupe::program {

[[nodiscard]] QueueList answer(persistence::Storage& storage, const TellQueues& request);
[[nodiscard]] QueueAnswer answer(persistence::Storage& storage, const TellQueue& request);
[[nodiscard]] MessageList answer(persistence::Storage& storage, const TellMessages& request);
[[nodiscard]] Done answer(persistence::Storage& storage, const PauseQueue& request);
[[nodiscard]] Done answer(persistence::Storage& storage, const PurgeQueue& request);
[[nodiscard]] LetterList answer(persistence::Storage& storage, const TellLetters& request);
[[nodiscard]] Done answer(persistence::Storage& storage, const HandleLetters& request);
[[nodiscard]] JournalList answer(persistence::Storage& storage, const TellJournals& request);
[[nodiscard]] EventList answer(persistence::Storage& storage, const TellEvents& request);
[[nodiscard]] SnapshotAnswer answer(persistence::Storage& storage, const TellSnapshot& request);
[[nodiscard]] Done answer(persistence::Storage& storage, const EraseEvents& request);
[[nodiscard]] BackupStep answer(persistence::Storage& storage, const BackUpStorage& request);

}  // namespace troupe::program
