// Actor: the base of actor classes. Include <troupe/actor/actor.hpp>.
//
// A class names its messages, `using Protocol = troupe::Accepts<...>;`, and has a public `on` for
// each. Those that it sends itself alone, by timers, pipe() or self().tell(), it may name apart,
// `using Private = troupe::Accepts<...>;`, public as well: from anybody else they are
// `unknown_type`.
//
// A handler of a request returns the answer, a Result of it, a Task of it, `later` of defer(), or
// what forward() returns; one of a Result or a Task may return what stash() returns. An Error that
// it answers with, be it one that it got itself, never says "definitely not executed" to the asker.
// One message is handled at a time.
#pragma once

#include <troupe/actor/context.hpp>
#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/supervision.hpp>

namespace troupe {

/// What becomes of a message whose handler failed, when the actor goes on.
enum class Poison : std::uint8_t {
  drop,   ///< It is not handled again.
  retry,  ///< It is handled again, before any other.
  park,   ///< It joins the stash, and is handled again after unstash_all().
};

class Actor : protected Context {
 public:
  virtual ~Actor() = default;
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;

  /// Before the first message of the first instance. What it throws is a failure, as in a handler,
  /// of code `start_failed`; after a restart the next instance has an on_start again, until one has
  /// succeeded. Not virtual: a class declares its own, which is public and may be a Task instead,
  ///
  ///   troupe::Task<> on_start() { stock_ = (co_await ask<Load>(store_, {})).value(); }
  ///
  /// Messages, those of its timers too, wait until that has ended, and so does after_restart(). An
  /// actor that is stopped or killed meanwhile ends with on_stop(), and the Task does not go on;
  /// one that drains ends after it. A restart meanwhile, as by a sibling's failure, begins anew. An
  /// ask that would wait for the actor, from whom the Task waits for, fails as `deadlock`.
  void on_start() {}

  /// After the children have ended; the last thing of the last instance. Errors are logged.
  virtual void on_stop() {}

  /// The last thing of an instance that is replaced; its children are stopped next. Errors are
  /// logged.
  virtual void before_restart(const Error& error) { static_cast<void>(error); }

  /// The first thing of a new instance, but for an on_start that it still needs, and that has to
  /// succeed. Errors are logged.
  virtual void after_restart(const Error& error) { static_cast<void>(error); }

  /// How failures of children are met [one_for_one(), restart]. Called for each failure.
  [[nodiscard]] virtual SupervisorStrategy supervision() const { return one_for_one(); }

  /// What becomes of a message whose handler failed. A class that overrides it has handlers that
  /// take messages by const reference, or by value, which copies them: so one can be handled again.
  /// Not asked about what nobody sent: a timer's message, a ReceiveTimeout or a Terminated, which
  /// is dropped.
  [[nodiscard]] virtual Poison on_poison(const Error& error) {
    static_cast<void>(error);
    return Poison::drop;
  }

 protected:
  /// Only where an actor is spawned.
  Actor();

  /// This actor, for passing on the context's functions to parts of an actor.
  [[nodiscard]] Context& context() noexcept { return *this; }
};

}  // namespace troupe
