// Operation: one request to storage, and the place of its answer.
//
// Requests are declared beside the interface that takes them: durable_queue.hpp, journal.hpp,
// snapshot_store.hpp, back_up.hpp. Whoever submits one derives from it and says in complete() what
// follows:
//
//   struct Append : AppendBatch {
//     void complete() noexcept override { mailbox->appended(*this); }
//     Mailbox* mailbox;
//   };
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::persistence {

/// How an operation went.
///
///   answer        written   what to do
///   stored        yes       go on
///   again         before    go on: it was stored the first time, and its answer is that one's
///   queue_full    no        wait, or refuse: so much waits in this queue as it may hold
///   storage_full  no        the same: disk or memory are full; settling works on
///   fenced        no        stop: another owner has the name, `why` says whose it is
///   owned         no        a claim: another owner lives, `why` says who
///   conflict      no        a journal or snapshot is not where the request thinks it is: recover
///   refused       no        mend the request: `why` says what is wrong
///   damaged       no        stop this one owner: `why` names key and position
///   unavailable   no        try again later: storage is away, is closed, or has too much to do
///   unknown       perhaps   claim, which tells what was stored, and recover; never send again
///   blindly
enum class Stored : std::uint8_t {
  stored,
  again,
  queue_full,
  storage_full,
  fenced,
  owned,
  conflict,
  refused,
  damaged,
  unavailable,
  unknown,
};

/// One past the last; sizes tables that are indexed by it.
inline constexpr std::size_t stored_count = 11;

/// As it is written in logs and counters, for example "queue_full". Any thread.
[[nodiscard]] std::string_view to_string(Stored outcome) noexcept;

/// Whether what was asked for is on storage.
[[nodiscard]] constexpr bool is_stored(Stored outcome) noexcept {
  return outcome == Stored::stored || outcome == Stored::again;
}

/// Filled in and submitted by anybody on any thread, and storage's from then until complete(): till
/// then nobody changes, reads or destroys it. After complete() it may be submitted anew, from
/// within complete() too; its outputs are set anew then.
class Operation {
 public:
  /// Which request it is; storage looks at nothing else before it casts.
  enum class Kind : std::uint8_t {
    claim_queue,
    append_batch,
    read_queue,
    settle_batch,
    control_queue,
    show_queue,
    list_queues,
    list_dead_letters,
    handle_dead_letters,
    drop_queue,
    claim_journal,
    append_events,
    read_events,
    read_tag,
    erase_journal,
    list_journals,
    save_snapshot,
    load_snapshot,
    back_up,
  };

  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  /// The answer is there. Called exactly once for each submission, in the order of submission for
  /// one name, and never before the write has the durability that the settings promise. On the
  /// storage's thread: it must neither block nor throw, and may submit and destroy operations,
  /// itself too.
  virtual void complete() noexcept = 0;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }

  Stored outcome = Stored::unknown;
  /// For people, in words, where the outcome is neither `stored` nor `again`.
  std::string why = {};

  /// For whoever has the operation just now, to keep it in a list: storage's while it is submitted.
  Operation* next = nullptr;

 protected:
  explicit Operation(Kind kind) noexcept : kind_(kind) {}
  virtual ~Operation() = default;

 private:
  Kind kind_;
};

}  // namespace troupe::persistence
