// Pipeline: the commands of a client, from being handed over to their answers, over as many
// connections as that takes. Pure, with time as an argument: bytes to write out, replies in.
//
//   state \ event   written in part   written whole   reply      its time is over   connection ends
//   queued          .                 .               .          not executed       .
//   on its way      begun             sent            .          not executed       queued, in
//   order begun           .                 sent            .          unknown, to finish queued,
//   in order sent            .                 .               answered   unknown, to finish
//   unknown held            .                 .               .          not executed       queued,
//   in order
//
// "To finish": the command has failed, and the rest of it is still written and its reply thrown
// away, because a stream of bytes cannot be left in the middle. A server executes no part of a
// command, so one that was begun and not sent is not executed by a connection that ends.
//
// Held is a script's command that was answered NOSCRIPT: nothing more is written until all that was
// sent is answered; then the held commands go first, in their order, behind all scripts that
// commands have named, because a server that has lost one has lost all. So scripts are executed in
// the order in which they were handed over. Executed before a held command is what was sent with
// it: ordinary commands; and other scripts, where a server meets that one for the first time.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <troupe/base/clock.hpp>
#include <troupe/base/result.hpp>
#include <troupe/persistence/redis/command.hpp>
#include <troupe/persistence/redis/deadline_heap.hpp>
#include <troupe/persistence/redis/reply.hpp>
#include <utility>
#include <vector>

namespace troupe::redis {

/// Takes the outcome of one command, exactly once.
using Done = std::function<void(Result<Reply>)>;

/// submitted == answered + refused + not_executed + unknown + those that wait.
struct CommandCounts {
  std::uint64_t submitted = 0;
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;         ///< By the server.
  std::uint64_t not_executed = 0;    ///< Failed, and definitely not executed.
  std::uint64_t unknown = 0;         ///< Failed, and maybe executed.
  std::uint64_t timed_out = 0;       ///< Of the two before: because their time was over.
  std::uint64_t late_replies = 0;    ///< Thrown away, as their commands had failed.
  std::uint64_t sent_again = 0;      ///< Put back, unsent, for the next connection.
  std::uint64_t scripts_missed = 0;  ///< NOSCRIPT, and loaded.
  std::uint64_t bytes_written = 0;
};

/// Owner only.
class Pipeline {
 public:
  struct Limits {
    std::size_t in_flight_max = 10'000;
    Duration silence_max = std::chrono::seconds(2);
  };
  struct Outcome {
    Done done;
    Result<Reply> result;
  };

  explicit Pipeline(Limits limits) : limits_(limits) {}

  void submit(Command command, Done done, TimePoint deadline);

  /// What is to be written next, on the connection that is there; empty when nothing is.
  [[nodiscard]] std::string_view output();
  /// So many bytes of output() were taken by the connection.
  void written(std::size_t bytes, TimePoint now);
  /// A reply came. False when no command was sent that it could answer.
  [[nodiscard]] bool received(Reply reply, TimePoint now);
  /// Nothing more is begun on this connection.
  void pause();
  /// It was paused, and all that was sent is answered.
  [[nodiscard]] bool is_drained() const noexcept { return paused_ && in_flight_.empty(); }
  /// The connection has ended: what was sent is `unknown`, with `reason`. Of `frame_too_large`,
  /// which is about one reply, the first is told alone; the others are told `node_unreachable`.
  void connection_ended(ErrorCode code, const std::string& reason);

  /// Fails what is due. `no_connection` says why nothing was sent; empty while there is one.
  void expire(TimePoint now, std::string_view no_connection);
  /// Fails all that was not begun to be sent.
  void fail_unsent(ErrorCode code, const std::string& reason);

  /// When expire() or is_hung() have something to say at the earliest.
  [[nodiscard]] TimePoint deadline() const noexcept;
  /// Whether a command's time is over, and nothing has come for silence_max.
  [[nodiscard]] bool is_hung(TimePoint now) const noexcept { return now >= hung_at(); }

  /// Commands that are held in memory, and their bytes.
  [[nodiscard]] std::size_t commands() const noexcept { return commands_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// Whether nobody waits for anything any more.
  [[nodiscard]] bool is_idle() const noexcept { return due_.empty(); }

  [[nodiscard]] const CommandCounts& counts() const noexcept { return counts_; }
  /// What has been decided since the last call, in order. The caller runs it.
  [[nodiscard]] std::vector<Outcome> take_outcomes() noexcept;

 private:
  struct Pending;
  using Commands = std::list<Pending>;
  enum class Where : std::uint8_t { queued, in_flight, held };

  struct Pending {
    Pending(Command one, Done whom, TimePoint until)
        : command(std::move(one)), done(std::move(whom)), deadline(until) {}

    Command command;
    Done done;  // None: failed already, or our own.
    TimePoint deadline;
    std::size_t place = DeadlineHeap<Pending>::nowhere;
    Commands::iterator self;
    std::uint64_t begin = 0;  // Of its bytes in what was given to the connection.
    std::uint64_t end = 0;
    TimePoint sent_at{};  // The last byte of it so far.
    Where where = Where::queued;
    bool is_own = false;      // Loads a script.
    bool was_missed = false;  // Its script was: once is enough.
  };

  [[nodiscard]] bool is_begun(const Pending& one) const noexcept { return written_ > one.begin; }
  [[nodiscard]] bool is_sent(const Pending& one) const noexcept { return written_ >= one.end; }
  [[nodiscard]] TimePoint hung_at() const noexcept;
  void fill();
  void call_back_unbegun();
  void move_to_front(Commands& from, Commands::iterator one);
  void hold(Pending& one);
  void release_held_if_due();
  void remember(const Script& script);
  void load_script(const Script& script, Commands::iterator before);
  void finish(Pending& one, Result<Reply> result);
  void fail(Pending& one, ErrorCode code, std::string reason, Execution execution);
  void expire_one(Pending& one, std::string_view no_connection);
  void erase(Pending& one);
  void release_bytes(Pending& one);

  const Limits limits_;
  Commands queued_;
  Commands in_flight_;  // In the order of their bytes.
  Commands held_;
  DeadlineHeap<Pending> due_;
  std::vector<Script> scripts_;  // That commands have named: the first of them.
  std::string output_;
  std::size_t output_at_ = 0;  // Of output_, what is written.
  std::uint64_t given_ = 0;    // Bytes, to the end of output_, of this connection.
  std::uint64_t written_ = 0;
  Commands::iterator to_send_ = in_flight_.end();  // The first that is not sent.
  TimePoint heard_at_ = TimePoint::min();
  bool paused_ = false;
  std::size_t commands_ = 0;
  std::size_t bytes_ = 0;
  CommandCounts counts_;
  std::vector<Outcome> outcomes_;
};

}  // namespace troupe::redis
