// ActorTurns: what a scheduler that runs the actors of a system itself, one after the other in one
// thread, needs of them: their turns and the system's timers.
#pragma once

#include <troupe/actor/ports/envelope.hpp>
#include <troupe/base/clock.hpp>

namespace troupe::runtime {

class SystemCore;

/// Handed on by value; ends with its system.
class ActorTurns {
 public:
  explicit ActorTurns(SystemCore& core) noexcept : core_(&core) {}

  [[nodiscard]] const Clock& clock() const noexcept;

  /// The actor in a cell that was submitted and has not run since.
  [[nodiscard]] static ActorId id_of(const Cell& cell) noexcept;

  /// A scheduler says so of each cell that was submitted to it. Any thread.
  static void note_submitted(Cell& cell) noexcept;

  /// Runs the turn of a cell that was submitted. True when it has more to do and must be scheduled
  /// again, as if it were submitted; else it may be in use for another actor afterwards. Any
  /// thread, one at a time.
  [[nodiscard]] bool run(Cell& cell) const noexcept;

  /// Wakes the actors whose timers are due. As run().
  void fire_due(TimePoint now) const;
  /// When the earliest timer is due; TimePoint::max() when there is none. Any thread.
  [[nodiscard]] TimePoint next_timer() const noexcept;

 private:
  SystemCore* core_;
};

}  // namespace troupe::runtime
