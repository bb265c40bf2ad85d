// SystemCore: everything that the actors of one system share. Not seen by users, who hold an
// ActorSystem.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <troupe/actor/dead_letters.hpp>
#include <troupe/actor/event_stream.hpp>
#include <troupe/actor/ports/known_types.hpp>
#include <troupe/actor/ports/want_of_memory.hpp>
#include <troupe/actor/runtime/name_registry.hpp>
#include <troupe/actor/runtime/offers.hpp>
#include <troupe/actor/runtime/system_anchor.hpp>
#include <troupe/actor/runtime/timer_service.hpp>
#include <troupe/actor/system_settings.hpp>
#include <troupe/base/platform.hpp>
#include <unordered_set>
#include <vector>

namespace troupe {
class RemoteNodes;
}

namespace troupe::runtime {

class CombinedWaits;
class ContinuationThreads;
class OwnNode;
class Roster;
class Scheduler;
class ShutdownGate;

/// A count on a cache line of its own.
struct alignas(64) Count {
  std::atomic<std::uint64_t> value{0};
};

/// Which actors have a QueuedMailbox. Any thread.
class QueuedActors {
 public:
  void add(ActorId id);
  void remove(ActorId id) noexcept;
  [[nodiscard]] std::vector<ActorId> all() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_set<ActorId> ids_;
};

class SystemCore : public std::enable_shared_from_this<SystemCore> {
 public:
  SystemCore(std::string name, SystemSettings settings, Platform platform);
  ~SystemCore();
  SystemCore(const SystemCore&) = delete;
  SystemCore& operator=(const SystemCore&) = delete;

  const std::string name;
  const SystemSettings settings;
  const Platform platform;
  SystemAnchor* const anchor;

  NameRegistry names;
  KnownTypes types;
  DeadLetters dead_letters;
  EventStream events;
  TimerService timers;
  std::unique_ptr<Scheduler> scheduler;
  std::unique_ptr<Scheduler> blocking;  ///< Null: blocking actors run on `scheduler`.
  /// Null: what users leave to be done with a result is done on the thread that brings it.
  std::unique_ptr<ContinuationThreads> continuations;

  /// The parent of the actors that are spawned from outside; "/user". Its list of children is also
  /// changed by the threads that spawn, so it has a lock.
  Cell* guardian = nullptr;
  ActorId guardian_id = 0;
  std::mutex guardian_mutex;
  std::atomic<bool> shutting_down{false};
  bool guardian_stops = false;  ///< It takes no new children; under its lock.
  /// The shutdown's deadline has passed and not all actors have ended: no message, and no hook, is
  /// handled any more; what waits, or comes, is refused.
  std::atomic<bool> past_deadline{false};
  /// A shutdown that was held up is over: nothing of users' runs any more but destructors.
  std::atomic<bool> users_code_has_ended{false};
  /// No thread runs actors any more; what still lives is ended by the one that destroys the system.
  bool ends_the_rest = false;

  const std::unique_ptr<ShutdownGate> shutdown_gate;
  bool guardian_is_free = false;  ///< Who shuts down.

  std::mutex end_mutex;
  std::condition_variable ended;  ///< Notified once guardian_ended.
  bool guardian_ended = false;

  /// The address that refs to this system's actors carry to other nodes; empty without a transport.
  std::string address;

  /// The way to other nodes; null without a transport, and once that has ended. Set by the
  /// transport, which first lets all children that are elsewhere end with `node_down`.
  std::atomic<RemoteNodes*> nodes{nullptr};

  /// Who has which role; null where this system is not that of a member. Set by the cluster.
  std::atomic<Roster*> roster{nullptr};
  const std::unique_ptr<OwnNode> own_node;  ///< For children that are placed here.

  /// What other nodes can have made here, and whose children those actors are; 0 until something is
  /// offered. See remote_guardian.hpp.
  Offers offers;
  std::mutex remote_guardian_mutex;  ///< Of those who offer, and make it.
  std::atomic<ActorId> remote_guardian_id{0};

  /// What tasks that wait for several actors wait for.
  const std::unique_ptr<CombinedWaits> combined_waits;

  /// The actors with a QueuedMailbox, for whose room threads may wait.
  QueuedActors queued_actors;

  /// What is let go of when the last actor of this system has ended, by the thread that destroys
  /// the system; never where one has not: it may still use it. Of the thread that owns the system.
  std::vector<std::shared_ptr<void>> lent;

  // The books: sent == handled + dead letters + stored + in flight.
  Striped<std::uint64_t> sent;  ///< By threads that are not workers.
  Count handled;
  Count stored;        ///< What mailboxes on storage have taken; sent again once it comes out.
  Count late_replies;  ///< Answers that came when nobody waited any more.

  [[nodiscard]] Clock const& clock() const noexcept { return *platform.clock; }
  [[nodiscard]] Logger log(std::string source) const { return {*platform.log, std::move(source)}; }

  /// The last act of the guardian: all actors have ended.
  void guardian_has_ended() noexcept;

  /// Counts, keeps, publishes and, at a limited rate, logs a dead letter.
  void add_dead_letter(DeadLetter letter) noexcept;
  /// The same for what `make` returns; where there is no memory for it, it is only counted.
  template <class F>
  void add_dead_letter(ErrorCode reason, F make) noexcept {
    std::optional<DeadLetter> letter;
    if (!succeeds([&] { letter.emplace(make()); })) return dead_letters.count_one(reason);
    add_dead_letter(std::move(*letter));
  }
  /// The system's actors accept, or have sent to other nodes, a type or those of a list. Any
  /// thread.
  template <class Types>
  void know(const Types& added) {
    types.add(added);
    if (types.has_clashes()) [[unlikely]]
      tell_of_clashes();
  }
  /// Where to log, in the name of the actor `id`, a failure of what its user wrote; none while
  /// there are more of them than may be logged, or where the level is not logged. Any thread.
  [[nodiscard]] std::optional<Logger> failure_log(LogLevel level, ActorId id);
  /// Logs how many dead letters and failures were not logged since that was last said.
  void log_unlogged();

 private:
  void log_dead_letter(const DeadLetter& letter);
  void tell_unlogged_letters(std::uint64_t letters) const;
  void tell_unlogged_failures(std::uint64_t failures) const;
  void tell_of_clashes();

  // The sink is a user's: it is called without a lock.
  SharedLogLimiter letter_lines_{settings.dead_letter_logs_per_second_max, std::chrono::seconds(1)};
  SharedLogLimiter failure_lines_{settings.failure_logs_per_second_max, std::chrono::seconds(1)};
};

/// The path of an actor that lives, or ended not too long ago. Any thread.
[[nodiscard]] std::string path_of(const SystemCore& core, ActorId id);

}  // namespace troupe::runtime
