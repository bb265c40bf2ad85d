// StorageOperator: the actor of a node with storage that the commands of the shell ask: the node
// has the storage, and nobody else opens it meanwhile. Whoever can send to the node's actors can
// pause and purge its queues, and erase its journals.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <troupe/actor/actor.hpp>
#include <troupe/program/storage/storage_answers.hpp>

namespace troupe::program {

inline constexpr std::string_view storage_operator_name = "troupe.storage";

/// It waits for the storage, so it is blocking().
class StorageOperator : public Actor {
 public:
  using Protocol =
      Accepts<TellQueues, TellQueue, TellMessages, PauseQueue, PurgeQueue, TellLetters,
              HandleLetters, TellJournals, TellEvents, TellSnapshot, EraseEvents, BackUpStorage>;

  /// Backups go to `folder`; empty: there are none.
  StorageOperator(std::shared_ptr<persistence::Storage> storage, std::string folder)
      : storage_(std::move(storage)), folder_(std::move(folder)) {}

  QueueList on(const TellQueues& request) { return program::answer(*storage_, request); }
  QueueAnswer on(const TellQueue& request) { return program::answer(*storage_, request); }
  MessageList on(const TellMessages& request) { return program::answer(*storage_, request); }
  Done on(const PauseQueue& request) { return program::answer(*storage_, request); }
  Done on(const PurgeQueue& request) { return program::answer(*storage_, request); }
  LetterList on(const TellLetters& request) { return program::answer(*storage_, request); }
  Done on(const HandleLetters& request) { return program::answer(*storage_, request); }
  JournalList on(const TellJournals& request) { return program::answer(*storage_, request); }
  EventList on(const TellEvents& request) { return program::answer(*storage_, request); }
  SnapshotAnswer on(const TellSnapshot& request) { return program::answer(*storage_, request); }
  Done on(const EraseEvents& request) { return program::answer(*storage_, request); }
  /// A plain name, which nobody else can lead out of the folder.
  BackupStep on(BackUpStorage request);

 private:
  std::shared_ptr<persistence::Storage> storage_;
  std::string folder_;
};

}  // namespace troupe::program
