// SteppedScheduler: the scheduler of one actor system whose actors a SteppedWorld runs.
//
// Actors with troupe::blocking() run here like all others. Such an actor may wait in a handler, as
// it may on a thread of its own: Future::get() there steps the other actors.
#pragma once

#include <atomic>
#include <memory>
#include <troupe/actor/ports/actor_turns.hpp>
#include <troupe/actor/ports/scheduler.hpp>
#include <troupe/testkit/stepped_world.hpp>

namespace troupe::testkit {

/// Made by ActorSystem's constructor: see make_stepped(). For the thread that steps, but for what
/// says otherwise.
class SteppedScheduler final : public runtime::Scheduler, private SteppedSystem {
 public:
  /// The core's platform has the clock of the world: checked.
  SteppedScheduler(runtime::SystemCore& core, std::shared_ptr<SteppedWorld> world);
  ~SteppedScheduler() override;

  /// Any thread. What is submitted after stop() never runs.
  void submit(runtime::Cell* cell, bool urgent) noexcept override;
  void timer_armed(TimePoint /*at*/) noexcept override {}
  /// SteppedWorld::drive(): steps all systems of the world.
  bool drive(const std::function<bool()>& done, TimePoint deadline) override {
    return world_->drive(done, deadline);
  }
  [[nodiscard]] bool runs_only_when_driven() const noexcept override { return true; }
  /// Takes the system out of the world; the deadline is of no account, as nothing waits. Again:
  /// nothing.
  void stop(TimePoint deadline) noexcept override;
  /// Nothing of its own: it counts in the core's books.
  [[nodiscard]] runtime::SchedulerCounts counts() const noexcept override { return {}; }
  /// For the thread that steps.
  [[nodiscard]] std::vector<runtime::ActorId> running() const override { return running_; }

  [[nodiscard]] SteppedWorld& world() const noexcept { return *world_; }
  /// SteppedWorld::pause().
  void pause(bool is_paused) const { world_->pause(*this, is_paused); }

 private:
  // SteppedSystem.
  [[nodiscard]] bool run_turn(runtime::Cell& cell) noexcept override;
  void fire_due(TimePoint now) override { turns_.fire_due(now); }
  [[nodiscard]] TimePoint next_timer() const noexcept override { return turns_.next_timer(); }

  const runtime::ActorTurns turns_;
  const std::shared_ptr<SteppedWorld> world_;
  std::atomic<bool> stopped_{false};
  std::vector<runtime::ActorId> running_;  // More than one when a blocking actor waits.
};

/// For ActorSystem's constructor: its actors are run by `world`, whose clock its platform must
/// have. Several systems may have one world, which runs all of them in one order:
///
///   auto world = std::make_shared<SteppedWorld>(std::make_shared<ManualClock>());
///   ActorSystem red("red", {}, test_platform(world->shared_clock()), make_stepped(world));
///   ActorSystem blue("blue", {}, test_platform(world->shared_clock()), make_stepped(world));
///   world->run();
[[nodiscard]] std::function<std::unique_ptr<runtime::Scheduler>(runtime::SystemCore&)> make_stepped(
    std::shared_ptr<SteppedWorld> world);

/// The scheduler of a system that a world runs.
[[nodiscard]] const SteppedScheduler& scheduler_of_stepped(
    const runtime::SystemCore& core) noexcept;

/// The world that runs a system, or null when threads run it.
[[nodiscard]] SteppedWorld* world_of(const runtime::SystemCore& core) noexcept;

}  // namespace troupe::testkit
