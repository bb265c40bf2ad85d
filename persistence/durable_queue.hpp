// DurableQueue: mailboxes on storage. A queue is a name, messages in their order, one cursor up to
// which all are settled, and a dead-letter queue; one owner reads and settles, anybody appends.
//
// A queue comes into being with the first operation that writes to it. Names are 1 to 255 bytes of
// any value. Records are bytes that storage does not look into.
//
//   claim -> read until nothing is left -> handle -> settle, settle, ...
//            and read again after a wake-up, or where an append shows a gap
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <troupe/persistence/operation.hpp>
#include <troupe/persistence/position.hpp>
#include <troupe/persistence/queue_state.hpp>
#include <troupe/persistence/records.hpp>
#include <troupe/persistence/token.hpp>
#include <vector>

namespace troupe::persistence {

/// Makes the caller the owner: at every start, restart and take-over, and after `unknown`. From
/// then on every other token of this queue is fenced, and settle numbers begin anew.
///
/// `owned` where another node's owner has it, whose token is not `gone`; of two that claim at once
/// over the same one, one gets it. A node may always take from itself. An owner whom storage knows
/// to be gone is none: SQLite, of an earlier process, by who holds the file; Redis, whose lease has
/// ended.
struct ClaimQueue : Operation {
  ClaimQueue() noexcept : Operation(Kind::claim_queue) {}
  std::string queue = {};
  std::uint64_t incarnation = 0;  ///< Of the caller's node; not 0.
  std::uint64_t instance = 0;     ///< Of the caller, unlike any other of its node.
  Token gone = {};                ///< An owner that the caller knows to be down, or zeros.

  Token token = {};       ///< `stored`: the caller's. `owned`: whose it is.
  QueueState state = {};  ///< `stored`: settle_number is the last one of the owner before.
};

/// Adds messages at the end. Anybody, owner or not.
///
/// A producer has one batch of a queue under way at a time and numbers them from 1: a batch that is
/// sent again after an answer that was lost answers `again`, with the first answer. Where the queue
/// has no room for all, the first `taken` are stored, and the rest is for a batch with the next
/// number; where none is, `queue_full` or `storage_full`, the number may be used again. Errors:
/// `refused` for a batch that is empty or past StorageLimits, or with a number below the last one.
struct AppendBatch : Operation {
  AppendBatch() noexcept : Operation(Kind::append_batch) {}
  std::string queue = {};
  std::uint64_t producer = 0;  ///< Unlike any other, of other nodes and lives too; not 0.
  std::uint64_t batch = 0;     ///< From 1.
  Records records = {};
  std::uint64_t messages_max = 0;  ///< That may wait in the queue; 0: no limit.
  std::uint64_t bytes_max = 0;     ///< Of those that wait; 0: no limit.
  bool by_owner = false;           ///< The owner appends itself: nobody is woken.

  std::uint64_t taken = 0;
  /// Of the first that was taken; those that follow have the same time and the next numbers.
  Position first = {};
  std::uint64_t forgotten = 0;  ///< Of other producers, past producers_max.
};

/// A message as it comes back.
struct StoredMessage {
  Position position = {};
  std::string record = {};
  /// Of one that was replayed from the dead-letter queue: a line for each of its deaths, with the
  /// wall time in ms, the attempts and the error. Oldest first, the last [16].
  std::string history = {};
};

/// Messages after a position, in their order. Anybody; the owner reads what it has not seen.
struct ReadQueue : Operation {
  ReadQueue() noexcept : Operation(Kind::read_queue) {}
  std::string queue = {};
  Position after = {};  ///< Of a message, or the cursor. Settled ones are left out all the same.
  std::size_t messages_max = 256;  ///< 0: none, and only the state of the queue is asked for.
  std::size_t bytes_max = std::size_t{1} << 20U;  ///< But at least one message.

  std::vector<StoredMessage> messages = {};
  Position last = {};  ///< Of the queue: where it is greater than the last message's, read on.
  bool is_paused = false;
};

/// A message that goes to the dead-letter queue. Storage takes record and history from the queue.
struct Death {
  std::uint64_t number = 0;
  std::uint32_t attempts = 0;
  std::string error = {};  ///< The first 1,024 bytes are kept.
};

/// Moves the cursor, and says what became of the messages that it passes; all in one write. Owner.
///
/// Numbered from 1 for each token, one under way at a time: a repetition answers `again`. What is
/// not after the cursor is skipped, so one that was purged meanwhile is counted as purged only.
/// After one that releases the token is fenced, also for its repetition.
/// Errors: `fenced`; `refused` where the cursor would pass the last message, or where a dead or
/// expired one is after the new cursor, twice there, or not in order. Works where storage is full.
struct SettleBatch : Operation {
  SettleBatch() noexcept : Operation(Kind::settle_batch) {}
  std::string queue = {};
  Token token = {};
  std::uint64_t number = 0;
  std::uint64_t through = 0;  ///< The new cursor; the old one or less moves nothing.
  std::vector<Death> dead = {};
  std::vector<std::uint64_t> expired = {};  ///< Numbers.
  Attempts attempts = {};                   ///< Takes the place of what was there.
  bool releases = false;  ///< The owner's last: the queue has none then, and anybody may claim it.

  Position last = {};    ///< Of the queue: greater than what the owner has seen: read on.
  Position cursor = {};  ///< Greater than `through` where the queue was purged.
  bool is_paused = false;
  std::uint64_t forgotten = 0;  ///< Dead letters, past StorageLimits::dead_letters_max.
};

/// Pauses a queue, lets it go on, or drops all that waits. Anybody; the owner hears of it in its
/// next answer. Works where storage is full.
struct ControlQueue : Operation {
  ControlQueue() noexcept : Operation(Kind::control_queue) {}
  enum class Action : std::uint8_t { pause, resume, purge };
  std::string queue = {};
  Action action = Action::pause;

  std::uint64_t purged = 0;  ///< Messages.
};

/// `refused` where there is no such queue.
struct ShowQueue : Operation {
  ShowQueue() noexcept : Operation(Kind::show_queue) {}
  std::string queue = {};

  QueueState state = {};
};

/// The queues in the order of their names' bytes, page by page. The order of completion with
/// operations for single queues is left open.
struct ListQueues : Operation {
  ListQueues() noexcept : Operation(Kind::list_queues) {}
  std::string after = {};          ///< The last name of the page before; empty for the first page.
  std::size_t queues_max = 1'000;  ///< But at least one.

  std::vector<QueueState> queues = {};
  bool is_end = false;
};

/// One message of a dead-letter queue.
struct DeadLetterRecord {
  std::uint64_t id = 0;       ///< Grows within a queue, and is never given again.
  Position position = {};     ///< Where it was in its queue.
  std::uint64_t died_at = 0;  ///< Wall time in ms.
  std::uint32_t attempts = 0;
  std::string error = {};
  std::string record = {};
  std::string history = {};  ///< Of earlier deaths: as in StoredMessage.
};

/// A queue's dead letters, oldest first, page by page. Anybody.
struct ListDeadLetters : Operation {
  ListDeadLetters() noexcept : Operation(Kind::list_dead_letters) {}
  std::string queue = {};
  std::uint64_t after = 0;                        ///< The id of the last one of the page before.
  std::size_t letters_max = 100;                  ///< But at least one.
  std::size_t bytes_max = std::size_t{1} << 20U;  ///< But at least one.

  std::vector<DeadLetterRecord> letters = {};
  bool is_end = false;
};

/// Puts dead letters at the end of their queue, with their history, or drops them. Anybody. Those
/// whose id is not there are skipped, so a repetition replays nothing twice. A replay can find
/// storage full; a drop cannot.
struct HandleDeadLetters : Operation {
  HandleDeadLetters() noexcept : Operation(Kind::handle_dead_letters) {}
  enum class Action : std::uint8_t { replay, drop };
  std::string queue = {};
  Action action = Action::replay;
  /// From the first to the last of these ids, at most 1,024 of them and 4 MiB: see `next_id`.
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t handled = 0;
  std::uint64_t next_id = 0;  ///< Where to go on, `first` of the next; 0: all are done.
};

/// Forgets a queue that is of no use any more: its name, its producers and its books. By the owner,
/// or with zeros by whoever knows that there is none. `refused` where it is not there, or where
/// messages or dead letters are in it: purge it, or drop these, before. What comes to its name
/// later is another queue, whose numbers begin anew.
struct DropQueue : Operation {
  DropQueue() noexcept : Operation(Kind::drop_queue) {}
  std::string queue = {};
  Token token = {};
};

/// Implemented by memory, SQLite and Redis, which pass one suite of tests. The operation says how
/// it went; nothing is thrown. Any thread; for one queue in the order of the calls.
class DurableQueue {
 public:
  void submit(ClaimQueue& operation) { take(operation); }
  void submit(AppendBatch& operation) { take(operation); }
  void submit(ReadQueue& operation) { take(operation); }
  void submit(SettleBatch& operation) { take(operation); }
  void submit(ControlQueue& operation) { take(operation); }
  void submit(ShowQueue& operation) { take(operation); }
  void submit(ListQueues& operation) { take(operation); }
  void submit(ListDeadLetters& operation) { take(operation); }
  void submit(HandleDeadLetters& operation) { take(operation); }
  void submit(DropQueue& operation) { take(operation); }

  /// Called with a queue's name where somebody but its owner has added to a queue that was claimed
  /// here, has replayed dead letters of it, or has paused, resumed or purged it: read on. May come
  /// without need, and once for many messages. On a thread of the storage; it must neither block
  /// nor throw. Set once, before the first operation.
  virtual void on_append(std::function<void(std::string_view queue)> wake) = 0;

 protected:
  ~DurableQueue() = default;
  virtual void take(Operation& operation) = 0;
};

}  // namespace troupe::persistence
