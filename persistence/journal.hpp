// Journal: the events of actors. A journal is a key and events in their order, numbered from 1; one
// owner appends. The highest number survives every deletion.
//
// A journal comes into being with its first claim. Keys are 1 to 255 bytes of any value, and have
// nothing to do with queues of the same name. Records are bytes that storage does not look into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <troupe/persistence/operation.hpp>
#include <troupe/persistence/position.hpp>
#include <troupe/persistence/records.hpp>
#include <troupe/persistence/token.hpp>
#include <vector>

namespace troupe::persistence {

/// What storage knows of one journal.
struct JournalState {
  std::string key = {};
  Token owner = {};
  std::uint64_t last = 0;   ///< The number of the last event ever stored; 0: none.
  std::uint64_t first = 1;  ///< Of the first one that is kept; last + 1 where none is.
  Position applied = {};    ///< Of the message that the last append was for: see AppendEvents.
  std::uint64_t write_number = 0;  ///< Of the owner's last AppendEvents that was stored.
  std::uint64_t snapshot = 0;      ///< The number that the snapshot goes up to; 0: there is none.
  bool is_erased = false;          ///< By EraseJournal, and nothing was stored since.
};

/// Makes the caller the owner, as ClaimQueue does for queues.
struct ClaimJournal : Operation {
  ClaimJournal() noexcept : Operation(Kind::claim_journal) {}
  std::string key = {};
  std::uint64_t incarnation = 0;  ///< Of the caller's node; not 0.
  std::uint64_t instance = 0;     ///< Of the caller, unlike any other of its node.
  Token gone = {};                ///< An owner that the caller knows to be down, or zeros.

  Token token = {};         ///< `stored`: the caller's. `owned`: whose it is.
  JournalState state = {};  ///< `stored`: write_number is the last one of the owner before.
};

/// A tag, and which events of an append have it: their places among these, from 0, in order.
struct Tag {
  std::string name = {};
  std::vector<std::uint32_t> events = {};
};

/// Adds the events of one message, all or none. Owner.
///
/// Numbered from 1 for each token, one under way at a time: a repetition answers `again`. Without
/// events only `applied` changes. After one that releases the token is fenced, also for its
/// repetition; without events such a one has no `expected`, and works where storage is full.
/// Errors: `fenced`; `conflict` where the journal does not end at `expected`; `storage_full`;
/// `refused` past StorageLimits.
struct AppendEvents : Operation {
  AppendEvents() noexcept : Operation(Kind::append_events) {}
  std::string key = {};
  Token token = {};
  std::uint64_t number = 0;
  std::uint64_t expected = 0;  ///< The journal's last number.
  Records events = {};
  /// Of the message in its durable queue, which is thereby done: one that comes again with this
  /// position or a lower one was applied. Zeros leave what is there.
  Position applied = {};
  std::vector<Tag> tags = {};
  /// Events before this one are removed in the same write; 0 removes none. For a state that each
  /// event holds as a whole.
  std::uint64_t keep_from = 0;
  bool releases =
      false;  ///< The owner's last: the journal has none then, and anybody may claim it.

  std::uint64_t last = 0;  ///< The journal's last number now.
};

/// Events from `first` on, in their order. Anybody. `damaged` where one cannot be read; those
/// before it are in `events`.
struct ReadEvents : Operation {
  ReadEvents() noexcept : Operation(Kind::read_events) {}
  std::string key = {};
  std::uint64_t first = 1;  ///< Those that are kept no more are left out: see `begins`.
  std::size_t events_max = 1'000;
  std::size_t bytes_max = std::size_t{1} << 20U;  ///< But at least one event.

  std::uint64_t begins = 0;  ///< The number of the first of `events`; 0: there is none.
  Records events = {};
  std::uint64_t last = 0;  ///< Of the journal.
};

/// Where a reader of a tag stands: one position for each of the storage's buckets, and empty at the
/// beginning. Kept with the reader's own state, and handed back as it came.
using TagOffset = std::vector<Position>;

/// An event that has a tag.
struct TaggedEvent {
  std::string key = {};
  std::uint64_t number = 0;
  std::string record = {};
};

/// Events with a tag after an offset: those of one journal in their order. Anybody. Events that
/// were removed meanwhile are passed over. `refused` where the offset is ahead of the storage or of
/// another one.
struct ReadTag : Operation {
  ReadTag() noexcept : Operation(Kind::read_tag) {}
  std::string tag = {};
  TagOffset after = {};
  std::size_t events_max = 1'000;
  std::size_t bytes_max = std::size_t{1} << 20U;  ///< But at least one event.

  std::vector<TaggedEvent> events = {};
  TagOffset through = {};  ///< Of the last of `events`, and of what was passed over.
  bool is_end = false;     ///< There is nothing more just now.
};

/// Removes events, snapshot and tags for ever. What stays is a tombstone: the key, its owner and
/// its last number, so that nothing of before is taken for what follows. By the owner, or with
/// zeros by whoever knows that there is none: the owner is fenced then. Works where storage is
/// full.
struct EraseJournal : Operation {
  EraseJournal() noexcept : Operation(Kind::erase_journal) {}
  std::string key = {};
  Token token = {};

  std::uint64_t erased = 0;  ///< Events.
};

/// The journals in the order of their keys' bytes, page by page.
struct ListJournals : Operation {
  ListJournals() noexcept : Operation(Kind::list_journals) {}
  std::string after = {};  ///< The last key of the page before; empty for the first page.
  std::size_t journals_max = 1'000;

  std::vector<JournalState> journals = {};
  bool is_end = false;
};

/// Implemented by memory, SQLite and Redis, which pass one suite of tests. The operation says how
/// it went; nothing is thrown. Any thread; for one key in the order of the calls, those of
/// SnapshotStore among them.
class Journal {
 public:
  void submit(ClaimJournal& operation) { take(operation); }
  void submit(AppendEvents& operation) { take(operation); }
  void submit(ReadEvents& operation) { take(operation); }
  void submit(ReadTag& operation) { take(operation); }
  void submit(EraseJournal& operation) { take(operation); }
  void submit(ListJournals& operation) { take(operation); }

 protected:
  ~Journal() = default;
  virtual void take(Operation& operation) = 0;
};

}  // namespace troupe::persistence
