// EventSource: events from outside of the process, the links of a node, that a worker without work
// waits for and handles itself. So the thread that a message wakes is the one that runs its
// target's turn. A seam: the transport implements it, the threaded scheduler uses it.
#pragma once

namespace troupe::runtime {

class EventSource {
 public:
  virtual ~EventSource() = default;

  /// Takes the place of the worker that waits here. False while another has it, and once the source
  /// has ended. Any thread.
  [[nodiscard]] virtual bool enter() noexcept = 0;

  /// Waits until something is to be handled, or until interrupt(); `at_once`: only looks. True when
  /// handle() is to be called. After enter().
  [[nodiscard]] virtual bool wait(bool at_once) noexcept = 0;

  /// Handles what has come, never for long: what is left it leaves to others. After enter(); the
  /// actors that it wakes are the calling worker's.
  virtual void handle() noexcept = 0;

  /// Gives the place back.
  virtual void leave() noexcept = 0;

  /// Ends the wait of the worker that has the place, or its next one. Any thread.
  virtual void interrupt() noexcept = 0;

  /// Sends what waits to be sent, here or on the thread that is at it. Any thread, without locks.
  virtual void flush() noexcept = 0;

  /// Sees to it that events are handled though workers are busy: one has waited with what it has to
  /// send since the last call (`pending_is_late`), or none has been here since. One thread.
  virtual void look_after(bool pending_is_late) noexcept = 0;

  /// No worker will come any more.
  virtual void abandon() noexcept = 0;
};

/// Whether this thread is a worker that flushes `source` when its turn has ended: then it has left
/// word of that. False also where it has left much of it: then somebody else should begin.
[[nodiscard]] bool will_flush_here(const EventSource& source) noexcept;

}  // namespace troupe::runtime
