// SteppedWorld: one thread, one virtual clock and one seed that run any number of actor systems,
// and whatever else happens in time, reproducibly.
//
// A step is one turn of one actor. Urgent actors come first; among the others either the one that
// waits longest runs, or one that the seed picks. Time stands still while anything can run, and
// then jumps to the next event, so a day passes as fast as the actors in it can be run.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <troupe/base/random.hpp>
#include <troupe/testkit/manual_clock.hpp>
#include <vector>

namespace troupe::runtime {
class Cell;
}

namespace troupe::testkit {

/// Something besides actors' timers that happens at its time, such as packets of a simulated
/// network, or a model of a disk that a test has. Called by the thread that steps, which then may
/// tell actors, and add other sources and systems.
class EventSource {
 public:
  /// When it wants to be called next; TimePoint::max() when nothing is on its way.
  [[nodiscard]] virtual TimePoint next() const = 0;

  /// Lets everything happen whose time is `now` or earlier; then next() is later than `now`.
  virtual void advance(TimePoint now) = 0;

 protected:
  ~EventSource() = default;
};

/// The actors of one system that a world runs: see SteppedScheduler. For the thread that steps.
class SteppedSystem {
 public:
  SteppedSystem() = default;
  SteppedSystem(const SteppedSystem&) = delete;
  SteppedSystem& operator=(const SteppedSystem&) = delete;

  /// Runs a turn; true when the cell has to be submitted again.
  [[nodiscard]] virtual bool run_turn(runtime::Cell& cell) noexcept = 0;
  /// Fires the timers that are due.
  virtual void fire_due(TimePoint now) = 0;
  /// When the next one is; TimePoint::max() for none.
  [[nodiscard]] virtual TimePoint next_timer() const noexcept = 0;

 protected:
  ~SteppedSystem() = default;
};

/// For those who build a world of their own; TestSystem and SimulatedNetwork have the same two.
struct SteppedWorldSettings {
  /// Picks which actor runs next. Without one they run in the order in which they became runnable.
  /// Another seed shows another order: run a test with many of them to find what depends on it.
  std::optional<std::uint64_t> seed;

  /// Turns in one call after which it gives up, because something runs for ever. Each jump of the
  /// time to the next event counts as one.
  std::uint64_t turns_max = 10'000'000;
};

/// Functions that run actors are for one thread at a time, the one that makes and ends the systems.
class SteppedWorld {
 public:
  /// `clock` is moved by this world alone, or by the test between two calls.
  explicit SteppedWorld(std::shared_ptr<ManualClock> clock, SteppedWorldSettings settings = {});
  SteppedWorld(const SteppedWorld&) = delete;
  SteppedWorld& operator=(const SteppedWorld&) = delete;

  [[nodiscard]] ManualClock& clock() const noexcept { return *clock_; }
  /// The same clock, for the platforms of the systems.
  [[nodiscard]] std::shared_ptr<const Clock> shared_clock() const noexcept { return clock_; }

  /// Fires the timers that are due and runs one turn of one actor. False when none is runnable. The
  /// time stays.
  bool step();

  /// Steps until nothing is runnable; the time stays. Returns the number of turns. Throws Failure
  /// with `limit_reached` past turns_max.
  std::uint64_t run();

  /// Runs everything that happens within the next `span`, in the order of time; then `span` has
  /// passed. Throws as run().
  void run_for(Duration span);

  /// Runs until done(), which is asked before each turn. Time passes, to `deadline` at most, when
  /// nothing is runnable; what happens at the deadline still runs. Says whether done(). Throws as
  /// run().
  bool run_until(const std::function<bool()>& done, TimePoint deadline);

  /// As run_until(), but the time stays at what happened last, and past turns_max it returns false.
  bool drive(const std::function<bool()>& done, TimePoint deadline);

  /// Adds a source, which must be removed before it is destroyed. Sources whose times are equal are
  /// called in the order in which they were added, ahead of actors' timers. Within
  /// EventSource::advance() sources may be added.
  void add(EventSource& source);
  void remove(EventSource& source);

  /// Turns so far, of all systems: the same for the same seed, so a test can compare two runs by
  /// it.
  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }

  /// A system begins, ends, and has something to run, which any thread says.
  /// What an ended system had to run is forgotten.
  void add(SteppedSystem& system);
  void remove(SteppedSystem& system) noexcept;
  void submit(SteppedSystem& system, runtime::Cell* cell, bool urgent) noexcept;

  /// From now on nothing of this system runs, as if its machine stood still, or it runs on, with
  /// all that has come meanwhile. For the thread that steps.
  void pause(const SteppedSystem& system, bool is_paused);

 private:
  enum class Outcome : std::uint8_t { done, nothing_left, too_many_turns };

  /// An actor that has something to do.
  struct Runnable {
    SteppedSystem* system;
    runtime::Cell* cell;
  };

  [[nodiscard]] Outcome run_events(const std::function<bool()>& done, TimePoint deadline);
  void fire_due();
  [[nodiscard]] TimePoint next_event() const;
  [[nodiscard]] std::optional<Runnable> take();
  [[nodiscard]] bool is_paused(const SteppedSystem& system) const;

  const std::shared_ptr<ManualClock> clock_;
  const SteppedWorldSettings settings_;
  std::optional<Random> random_;
  std::uint64_t turns_ = 0;
  std::vector<SteppedSystem*> systems_;
  std::vector<EventSource*> sources_;
  std::vector<const SteppedSystem*> paused_;

  std::mutex mutex_;  // Of what follows: any thread submits.
  std::deque<Runnable> urgent_;
  std::deque<Runnable> ready_;
  std::deque<Runnable> held_;  // Of systems that are paused.
};

}  // namespace troupe::testkit
