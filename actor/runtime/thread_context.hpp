// ThreadContext: what this thread is doing for Troupe just now.
#pragma once

#include <cstdint>
#include <troupe/actor/ports/envelope.hpp>
#include <utility>

namespace troupe::runtime {

class SystemAnchor;
class SystemCore;
class Worker;

struct ThreadContext {
  Worker* worker;        ///< Null on threads that are not workers of the threaded scheduler.
  SystemCore* core;      ///< The system whose actor has its turn here; null between turns.
  SystemAnchor* anchor;  ///< Of `core`.
  Cell* cell;            ///< The actor that has its turn, or is being made, here.
  Envelope* envelope;    ///< The message being handled; null once somebody took it over.
  ActorId sender;        ///< `cell`'s id: the sender of what is told from here; 0 outside a turn.
  std::uint16_t worker_number;  ///< `worker`'s; 0 on other threads.
  bool yields;                  ///< The actor's task gives way: the turn ends.
  bool never_waits;           ///< What runs here may not wait for room, be it on an outside thread.
  SystemCore* keeps_time_of;  ///< The system whose timers, links or end this thread serves just
                              ///< now: no code of a user's runs here. See future_state.hpp.
  std::uint64_t sent;  ///< Messages sent to `core`'s own actors in this turn, not counted yet.
};

/// One for the whole process, also for code that is compiled with hidden visibility.
[[gnu::visibility("default")]] inline constinit thread_local ThreadContext this_thread = {};

/// For a scope: this thread serves what keeps_time_of says.
class ServiceScope {
 public:
  explicit ServiceScope(SystemCore& core) noexcept
      : before_(std::exchange(this_thread.keeps_time_of, &core)) {}
  ~ServiceScope() { this_thread.keeps_time_of = before_; }
  ServiceScope(const ServiceScope&) = delete;
  ServiceScope& operator=(const ServiceScope&) = delete;

 private:
  SystemCore* before_;
};

}  // namespace troupe::runtime
