// MailboxWindow: which messages of a queue are in memory, which were given out, and what is to be
// written of them. A pure core: time is an argument, and it asks storage for nothing itself.
//
//   message      leads to            written
//   waiting      given out
//   given out    handled: gone       the cursor, once all before it are gone
//                failed: waiting     its failures; it is given out again after a pause, and nothing
//                                    behind it before that
//                failed too often    a death, with the cursor
//                unusable: dead      a death, with the cursor
//                expired             with the cursor
//                kept: waiting
//   left         as given out, but its handler has returned: it is stashed, a Task that lets others
//                go on, or what was made of it has tickets still; where it is stashed it does not
//                count against the window
//
// A message has the ticket of its handling, and shares: see QueuedMailbox::settle().
//
// What is not gone when the process ends comes again. Where it ended with messages that were not
// settled, one of them may have ended it. So the messages that the next owner finds, as many as a
// window has room for, are given out one by one, each after it was written that it was begun; one
// that was begun too often is dead. One number is written, that of the lowest which is not settled
// or stashed: a message that was left keeps its own, and what is behind it is not marked meanwhile.
// A Task is waited for a little before that.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <troupe/actor/ports/queued_mailbox.hpp>
#include <troupe/base/clock.hpp>
#include <troupe/persistence/durable_queue.hpp>

namespace troupe::persistence {

/// What is said at once of a settled message, or of one that was found to be dead.
struct DeadMessage {
  std::uint64_t number = 0;
  std::uint32_t attempts = 0;
  std::string error = {};
};

/// Owner only.
class MailboxWindow {
 public:
  /// `givings`: how many were given out in all lives of the mailbox before.
  explicit MailboxWindow(const DurableMailbox& settings, std::uint64_t givings = 0)
      : settings_(settings), givings_(givings) {}

  /// The queue was claimed: at first, or again after an answer was lost. Forgets what is settled.
  void begin(const QueueState& state);
  /// How far the queue goes, as far as is known.
  void note_last(Position last);
  [[nodiscard]] std::uint64_t last() const noexcept { return last_.number; }
  /// What was read, or added, so far.
  [[nodiscard]] Position read_through() const noexcept { return read_through_; }
  /// Everything up to here is settled, or purged.
  void note_cursor(Position cursor);
  void pause(bool is_paused) noexcept { is_paused_ = is_paused; }
  [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }

  /// After which message to read on; none: there is nothing more, or no room.
  [[nodiscard]] std::optional<Position> to_read() const;
  [[nodiscard]] std::size_t room_messages() const noexcept;
  [[nodiscard]] std::size_t room_bytes() const noexcept;
  /// The next message, as it was read, or just stored. One that is not the next of those it knows
  /// is left to be read.
  void add(Position position, std::string record);
  /// Whether add() would take it.
  [[nodiscard]] bool is_next(Position position) const noexcept;

  struct Given {
    std::uint64_t number;
    std::uint64_t stored_at;  ///< Wall time in ms; 0 where storage has none.
    std::uint64_t giving;
    std::uint32_t failures;
    bool is_again;              ///< It was given out before in this process.
    const std::string* record;  ///< Until the next call.
  };
  /// The next message to be handled; none: nothing is, or not yet.
  [[nodiscard]] std::optional<Given> give(TimePoint now);
  /// Whether give() would give something.
  [[nodiscard]] bool has_ready(TimePoint now) const;
  /// Whether all messages up to this one were given out, or are gone.
  [[nodiscard]] bool has_given_through(std::uint64_t number) const;
  /// The first time after `now` at which give() may give what it does not give before: a message
  /// is ready that failed, or a Task was waited for. TimePoint::max() for none.
  [[nodiscard]] TimePoint next_time(TimePoint now = TimePoint::min()) const;
  /// Of this life and those before.
  [[nodiscard]] std::uint64_t givings() const noexcept { return givings_; }

  /// One of its tickets is done with, a share or that of its handling. False where it is not known:
  /// it was settled, or is of another life.
  bool settle(std::uint64_t number, std::uint64_t giving, runtime::Settled outcome,
              std::string error, TimePoint now, bool is_share = false);
  /// It has one more ticket, a share.
  void share(std::uint64_t number, std::uint64_t giving) noexcept;
  /// Its handler has left it for later; `is_stashed`: it does not count against the window.
  /// `waited_until`: what the messages that were found with the claim wait for it.
  void put_aside(std::uint64_t number, std::uint64_t giving, bool is_stashed,
                 TimePoint waited_until = TimePoint::min());
  /// Nothing is given out any more.
  void close();

  /// Whether storage is to hear of something.
  [[nodiscard]] bool has_news() const;
  /// All that storage is to hear. Until told() no further one is made.
  void tell(SettleBatch& batch);
  /// It is stored, or not.
  void told(const SettleBatch& batch, bool is_stored);

  [[nodiscard]] std::size_t in_memory() const noexcept { return waiting_.size(); }
  [[nodiscard]] std::size_t given_out() const noexcept { return out_.size(); }

 private:
  struct Entry {
    Position position;
    std::string record;
    std::uint32_t failures = 0;
    std::uint64_t giving = 0;
    std::uint32_t shares = 0;
    bool was_given = false;
    bool is_left = false;      // Its handler has returned.
    bool is_returned = false;  // The handling is over; shares may be left.
    bool is_stashed = false;
    runtime::Settled outcome = runtime::Settled::handled;  // So far.
    TimePoint waited_until = TimePoint::min();
    TimePoint ready_at = TimePoint::min();
    std::string error = {};
  };

  [[nodiscard]] std::uint64_t through() const;
  [[nodiscard]] std::map<std::uint64_t, Entry>::iterator find_out(std::uint64_t number,
                                                                  std::uint64_t giving) noexcept;
  static bool note(Entry& entry, runtime::Settled outcome, std::string error, bool is_share);
  void end(Entry entry, TimePoint now);
  void take_back(Entry entry);
  void leave_window(const Entry& entry) noexcept;
  void die(const Entry& entry, std::string error);
  [[nodiscard]] bool is_dead(std::uint32_t failures) const noexcept {
    return failures > settings_.retries;
  }
  [[nodiscard]] Duration pause_after(std::uint32_t failures) const;
  [[nodiscard]] bool must_wait(const Entry& entry, TimePoint now) const;
  [[nodiscard]] bool has_careful_under_way(TimePoint now) const;
  [[nodiscard]] Attempts attempts() const;
  [[nodiscard]] static Attempts of(const Entry& entry, std::uint32_t begun) noexcept;
  [[nodiscard]] Attempts current(const Attempts& written) const;

  const DurableMailbox settings_;
  std::deque<Entry> waiting_;           // By number.
  std::map<std::uint64_t, Entry> out_;  // By number.
  std::size_t messages_ = 0;            // In the window.
  std::size_t bytes_ = 0;
  Position read_through_ = {};
  Position last_ = {};
  bool is_paused_ = false;
  bool is_closed_ = false;
  std::uint64_t givings_;

  std::map<std::uint64_t, DeadMessage> dead_;  // Not written yet.
  std::set<std::uint64_t> expired_;            // Not written yet.
  Attempts found_ = {};                        // With the claim.
  std::uint64_t careful_through_ = 0;
  std::uint64_t marked_ = 0;  // Is written to have been begun.
  std::uint64_t written_through_ = 0;
  Attempts written_attempts_ = {};
};

}  // namespace troupe::persistence
