// What an operator asks of a storage: its queues, their dead letters, its journals, page by page.
// The same requests are answered on a storage that was opened here (storage_answers.hpp) and by the
// node that has it (storage_operator.hpp).
//
// An answer that has a `problem` has nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::program {

/// A message of a queue, or an event, or a dead letter, as storage has it.
using StoredBytes = std::vector<std::byte>;

struct QueueLine {
  std::string queue;
  std::uint64_t waiting = 0;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t dead_letters = 0;  ///< That are kept.
  std::uint64_t stored = 0;        ///< From here on: since its beginning.
  std::uint64_t settled = 0;
  std::uint64_t dead = 0;
  std::uint64_t expired = 0;
  std::uint64_t purged = 0;
  bool is_paused = false;
  std::string owner;           ///< "epoch:incarnation:instance"; empty: nobody ever.
  std::uint64_t last_ms = 0;   ///< When its last message was stored.
  std::uint64_t last = 0;      ///< The number of that.
  std::uint64_t cursor = 0;    ///< All up to this number are done.
  std::uint32_t attempts = 0;  ///< At the first that waits.
};
struct QueueList {
  std::string problem;
  std::vector<QueueLine> queues;
  bool is_end = false;
};
struct TellQueues {
  static constexpr std::string_view wire_name = "troupe.storage.TellQueues";
  using Reply = QueueList;
  std::string after;
};

struct QueueAnswer {
  std::string problem;
  QueueLine queue;
};
struct TellQueue {
  static constexpr std::string_view wire_name = "troupe.storage.TellQueue";
  using Reply = QueueAnswer;
  std::string queue;
};

struct MessageLine {
  std::uint64_t number = 0;
  std::uint64_t stored_ms = 0;
  std::string history;  ///< Of earlier deaths, a line for each.
  StoredBytes record;
};
struct MessageList {
  std::string problem;
  std::vector<MessageLine> messages;
  std::uint64_t last = 0;  ///< Of the queue.
};
struct TellMessages {
  static constexpr std::string_view wire_name = "troupe.storage.TellMessages";
  using Reply = MessageList;
  std::string queue;
  std::uint64_t after_ms = 0;
  std::uint64_t after = 0;
  std::uint64_t messages_max = 100;
};

/// What was done, and to how much.
struct Done {
  std::string problem;
  std::uint64_t count = 0;
  std::uint64_t next = 0;  ///< Where to go on; 0: all is done.
};
struct PauseQueue {
  static constexpr std::string_view wire_name = "troupe.storage.PauseQueue";
  using Reply = Done;
  std::string queue;
  bool is_paused = true;  ///< Else it goes on.
};
struct PurgeQueue {
  static constexpr std::string_view wire_name = "troupe.storage.PurgeQueue";
  using Reply = Done;
  std::string queue;
};

struct LetterLine {
  std::uint64_t id = 0;
  std::uint64_t number = 0;  ///< Of the message in its queue.
  std::uint64_t stored_ms = 0;
  std::uint64_t died_ms = 0;
  std::uint32_t attempts = 0;
  std::string error;
  std::string history;
  StoredBytes record;
};
struct LetterList {
  std::string problem;
  std::vector<LetterLine> letters;
  bool is_end = false;
};
struct TellLetters {
  static constexpr std::string_view wire_name = "troupe.storage.TellLetters";
  using Reply = LetterList;
  std::string queue;
  std::uint64_t after = 0;
  std::uint64_t letters_max = 100;
};
/// Those from the first to the last id.
struct HandleLetters {
  static constexpr std::string_view wire_name = "troupe.storage.HandleLetters";
  using Reply = Done;
  std::string queue;
  bool is_replay = false;  ///< Else they are dropped.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

struct JournalLine {
  std::string journal;
  std::uint64_t first = 0;     ///< The number of the first event that is kept.
  std::uint64_t last = 0;      ///< Of the last one ever.
  std::uint64_t snapshot = 0;  ///< What the snapshot goes up to; 0: there is none.
  bool is_erased = false;
  std::string owner;
};
struct JournalList {
  std::string problem;
  std::vector<JournalLine> journals;
  bool is_end = false;
};
struct TellJournals {
  static constexpr std::string_view wire_name = "troupe.storage.TellJournals";
  using Reply = JournalList;
  std::string after;
};

struct EventList {
  std::string problem;       ///< Where one cannot be read; those before it are in `events`.
  std::uint64_t begins = 0;  ///< The number of the first of `events`; 0: there is none.
  std::vector<StoredBytes> events;
  std::uint64_t last = 0;  ///< Of the journal.
};
struct TellEvents {
  static constexpr std::string_view wire_name = "troupe.storage.TellEvents";
  using Reply = EventList;
  std::string journal;
  std::uint64_t first = 1;
  std::uint64_t events_max = 1'000;
};

struct SnapshotAnswer {
  std::string problem;
  std::uint64_t number = 0;  ///< 0: there is none.
  StoredBytes record;
};
struct TellSnapshot {
  static constexpr std::string_view wire_name = "troupe.storage.TellSnapshot";
  using Reply = SnapshotAnswer;
  std::string journal;
};

struct EraseEvents {
  static constexpr std::string_view wire_name = "troupe.storage.EraseEvents";
  using Reply = Done;
  std::string journal;
};

/// One step of a backup to a file on the machine of whoever has the storage.
struct BackupStep {
  std::string problem;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  bool is_end = false;
};
struct BackUpStorage {
  static constexpr std::string_view wire_name = "troupe.storage.BackUpStorage";
  using Reply = BackupStep;
  std::string file;
  bool is_first = false;
};

}  // namespace troupe::program
