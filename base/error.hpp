// Error: why an expected operation did not succeed.
//
// The codes are a closed list, shared by asks, spawns, dead letters and the wire; the context is
// for the reader of a log. User exceptions become `handler_failed` in the cell and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <troupe/base/layout_version.hpp>
#include <utility>

namespace troupe {

/// Every reason for which Troupe refuses or drops something: when it is given, whether the request
/// may have run, and what to do. Where one error knows more, its definitely_not_executed() says so.
/// The numbers go over the wire: append only.
enum class ErrorCode : std::uint8_t {
  /// No answer came in the time that the asker gave. May have run; definitely not where it expired
  /// in the mailbox. Try again what may run twice, or give it more time.
  timeout = 1,
  /// The actor has ended before it answered, or its system was shut down. May have run; definitely
  /// not where it had ended before. Ask its successor, by its path.
  actor_stopped = 2,
  /// Nobody is at the path, the ref is null, the router has no routees, or the node does not
  /// offer the class. Did not run. Mend the path, or try again while the other side starts.
  no_such_actor = 3,
  /// The actor's mailbox, or its stash, has no room. Did not run. Wait for room with `co_await
  /// send(...)`, or try again later.
  mailbox_full = 4,
  /// That life of the node is over: it was declared down, was restarted, or has left. May have run;
  /// definitely not where it was refused at once. `select()` the path again once the node is back.
  node_down = 5,
  /// The node cannot be reached at present; the context says why. May have run; definitely not
  /// where it was never sent. Try again: it may come back until it is declared down.
  node_unreachable = 6,
  /// The handler threw; the context has the exception's type and text. Ran, perhaps in part. Mend
  /// the handler; its supervisor decides what becomes of the actor.
  handler_failed = 7,
  /// The message or the answer cannot be sent to another node: it is a local message, or its codec
  /// threw. Ran only if it is about the answer. Send plain data instead.
  not_serialisable = 8,
  /// Nobody waits for it any more, or whoever owed the answer dropped it unanswered. May have run.
  /// Nothing after a `cancel()` of your own; else answer every request.
  cancelled = 9,
  /// The answer could never come: actors ask each other in a cycle, or `get()` blocks who would
  /// bring it. Did not run in a cycle; before `get()` it was sent, and may run. Make one of the
  /// handlers reentrant; `co_await` instead of `get()`.
  deadlock = 10,
  /// As much waits on the link to the other node as it may hold. Did not run. Wait for room with
  /// `co_await send(...)`, or try again later.
  link_full = 11,
  /// The message or the answer is longer than one of the two nodes takes. Ran only if it is about
  /// the answer. Send it in parts, or raise `frame_bytes_max` on both nodes.
  frame_too_large = 12,
  /// The actor has no handler for the message, or the type is not the same on both nodes. Ran only
  /// if it is about the answer. Look whether the path is right and both programs are of one
  /// version.
  unknown_type = 13,
  /// Bytes of another node are not what their type says. Ran only if it is about the answer. Build
  /// both programs from the same message types; the log names the node.
  malformed = 14,
  /// The ask's time was over before its turn came: in dead letters; the asker gets `timeout`. Did
  /// not run. Find out what keeps the actor busy, or give asks more time.
  expired = 15,
  /// The system or the node is shutting down, and takes no actors and messages any more. Did not
  /// run; may have run where it was under way. Nothing: this process ends, or that node does.
  shutdown = 16,
  /// A sibling has the name, or another process is a node with the same name and address. Did not
  /// run. Choose another name, or wait for `stopped()` of the one that has it.
  name_taken = 17,
  /// The name of an actor is longer than 255 bytes, or has characters that a name may not have. Did
  /// not run. Mend the name; the context says what is wrong.
  invalid_name = 18,
  /// The text is no path of an actor, or no address of a node. Did not run. Mend the path; the
  /// context says what one looks like.
  invalid_path = 19,
  /// The constructor or `on_start()` threw; the context has the exception's type and text. Did not
  /// run. Mend the class or its arguments.
  start_failed = 20,
  /// The port to listen on is taken by another process. Did not run. Listen on another port; port 0
  /// takes any that is free.
  address_in_use = 21,
  /// A setting or an argument is out of its range; the context names it and the range. Did not run.
  /// Mend the setting.
  invalid_setting = 22,
  /// Two nodes do not talk to each other: of other keys, clusters or protocol versions; senders get
  /// `node_unreachable`. Did not run. Read the log of both nodes, and see docs/security.md.
  refused = 23,
  /// Not given at present: watchers of an actor that `kill()` ended hear StopReason::killed, and
  /// askers get `actor_stopped`. May have run. As for `actor_stopped`.
  killed = 24,
  /// A limit is reached: file descriptors, threads, actors, or what a setting says; the context
  /// names it. Did not run. Raise the limit, or use less.
  limit_reached = 25,
  /// Storage cannot be reached, or so much waits for it as may. Did not run; may have run where its
  /// answer was lost. Try again once storage is back; the log says what is wrong.
  storage_unavailable = 26,
  /// Storage, or the queue on it, has no room. Did not run. Make room there, or try again later.
  storage_full = 27,
  /// Another owner has the queue on storage by now. May have run. Nothing: the other one goes on.
  fenced = 28,
};

/// One past the highest code; sizes tables that are indexed by code.
inline constexpr std::size_t error_code_count = 29;

/// The code as it is written in logs and counters, for example "no_such_actor". Any thread.
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

/// What is known about whether the work that failed was begun.
enum class Execution : std::uint8_t {
  unknown = 0,       ///< The request may have been executed, wholly or in part.
  not_executed = 1,  ///< The request definitely was not executed: repeating it is safe.
};

/// A closed code, a reason for the reader of a log, and whether the request definitely was not
/// executed.
class Error {
 public:
  Error(ErrorCode code, std::string context, Execution execution = Execution::unknown)
      : context_(std::move(context)), code_(code), execution_(execution) {}
  Error(const Error&) = default;
  Error(Error&&) noexcept = default;
  Error& operator=(const Error&) = default;
  Error& operator=(Error&&) noexcept = default;
  /// Not inline: it is rare and long, and g++ 12 warns of it wherever a Result ends.
  ~Error();

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

  /// What was wrong, where, and what would be right. For `handler_failed`: the exception's type and
  /// text.
  [[nodiscard]] const std::string& context() const noexcept { return context_; }

  /// True when repeating the request cannot execute it twice.
  [[nodiscard]] bool definitely_not_executed() const noexcept {
    return execution_ == Execution::not_executed;
  }

  [[nodiscard]] Execution execution() const noexcept { return execution_; }

  /// "code: context", one line.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Error&, const Error&) = default;

 private:
  std::string context_;
  ErrorCode code_;
  Execution execution_;
};

/// Of code `invalid_setting`, for what was not begun because of it.
[[nodiscard]] inline Error bad_setting(std::string reason) {
  return {ErrorCode::invalid_setting, std::move(reason), Execution::not_executed};
}

}  // namespace troupe
