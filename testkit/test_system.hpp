// TestSystem: an actor system in one thread and in virtual time, the same for the same seed.
//
//   TestSystem system({.seed = 42});
//   auto account = system.spawn<Account>("account");
//   account.tell(Deposit{500});
//   system.run();                                      // until nothing is runnable
//   system.run_for(3s);                                // what happens in the next 3 s, at once
//   EXPECT_EQ(account.ask(Balance{}).get(), 500);      // get() runs the actors
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <troupe/actor/actor_system.hpp>
#include <troupe/testkit/recording_log.hpp>
#include <troupe/testkit/stepped_world.hpp>
#include <vector>

namespace troupe::testkit {

/// All have defaults: `TestSystem system;` is as good as any for a first test.
struct TestSystemSettings {
  /// Decides in which order actors run, and all random numbers of the platform. Without one actors
  /// run in the order in which they became runnable.
  std::optional<std::uint64_t> seed = std::nullopt;

  /// Of the system, as it stands in its log lines.
  std::string name = "test";

  /// Lines below it are not kept.
  LogLevel log_level = LogLevel::info;

  /// Turns in one call of run(), run_for() or Future::get() after which it gives up, because
  /// something runs for ever.
  std::uint64_t turns_max = 10'000'000;

  /// As for an ActorSystem. The numbers of threads are of no account, as there are none; times are
  /// virtual.
  SystemSettings actors = {};
};

/// For one thread, the one that made it; actors run in it, inside the functions that say so and
/// inside Future::get(). A get() that nothing is left to complete fails with `deadlock`. Other
/// threads may tell and ask, but what they do is not reproducible.
class TestSystem {
 public:
  /// The clock begins at one hour. Throws Failure with `invalid_setting` for
  /// TestSystemSettings::actors. The destructor shuts the system down, and so runs actors until
  /// they have ended.
  explicit TestSystem(TestSystemSettings settings = {});

  /// As the functions of the same names in ActorSystem. A new actor has run its constructor and
  /// nothing else.
  template <class T, class... Args>
  auto spawn(std::string_view name = {}, Args&&... args) {
    return system_.spawn<T>(name, std::forward<Args>(args)...);
  }
  template <class Protocol>
  ActorRef<Protocol> spawn(std::string_view name, Behavior<Protocol> behavior,
                           SpawnOptions options = {}) {
    return system_.spawn(name, std::move(behavior), std::move(options));
  }
  template <class Protocol>
  ActorRef<Protocol> spawn(std::string_view name, Router<Protocol> router,
                           SpawnOptions options = {}) {
    return system_.spawn(name, std::move(router), std::move(options));
  }
  void stop(AnyRef ref) noexcept { system_.stop(ref); }
  void drain(AnyRef ref) noexcept { system_.drain(ref); }
  void kill(AnyRef ref) noexcept { system_.kill(ref); }

  /// Fires the timers that are due and runs one turn of one actor; false when none is runnable.
  bool step() { return world_->step(); }

  /// Runs actors until none is runnable; the time stays. Returns the number of turns. Throws
  /// Failure with `limit_reached` past turns_max.
  std::uint64_t run() { return world_->run(); }

  /// Runs everything that happens within the next `span`, timers in the order of their times; then
  /// `span` has passed. Throws as run().
  void run_for(Duration span) { world_->run_for(span); }

  /// Runs everything that happens until done(), which is asked before each turn, but not more than
  /// `timeout` [3 s] from now. Says whether done(). Throws as run().
  bool run_until(const std::function<bool()>& done, Duration timeout = std::chrono::seconds(3));

  /// Moves the clock and runs nothing. What is due then fires, all of it late, before the next
  /// turn: so a test shows what a process does that was paused. `span` must not be negative.
  void advance(Duration span) { world_->clock().advance(span); }

  /// The virtual time. It is moved by the functions above, by expectations, Future::get() and the
  /// end of the system, and by nothing else.
  [[nodiscard]] ManualClock& clock() const noexcept { return world_->clock(); }
  [[nodiscard]] TimePoint now() const noexcept { return clock().now(); }

  /// What was logged so far, oldest first.
  [[nodiscard]] std::vector<LogLine> log_lines() const { return log_->lines(); }
  [[nodiscard]] RecordingLog& log() const noexcept { return *log_; }

  /// The system itself, for everything that is not repeated here.
  [[nodiscard]] ActorSystem& actors() noexcept { return system_; }
  [[nodiscard]] SteppedWorld& world() const noexcept { return *world_; }

 private:
  std::shared_ptr<RecordingLog> log_;
  std::shared_ptr<SteppedWorld> world_;
  ActorSystem system_;
};

}  // namespace troupe::testkit
