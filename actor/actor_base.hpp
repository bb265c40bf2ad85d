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

/// What an actor class derives from, publicly. Its instances are made by spawn() alone: one for
/// each actor and, at a restart, one in place of the other. Constructor, handlers, hooks and
/// destructor run one at a time, though not all on the same thread, so members need no lock.
///
/// What the constructor throws on the first occasion fails the spawn() with `start_failed`; at a
/// restart it is a failure of that code, about which the parent decides.
class Actor : protected Context {
 public:
  /// Runs after on_stop(), or after before_restart() and the children's end. It must not throw.
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

  /// After the children have ended; the last thing of the last instance, however it ends. Errors
  /// are logged. It may still tell others; what it spawns fails with `shutdown`, its timers never
  /// fire, and what it sends to itself is a dead letter. Not called where the instance of a restart
  /// could not be made, nor past the deadline of a shutdown.
  virtual void on_stop() {}

  /// The last thing of an instance that is replaced; its children are stopped next. Errors are
  /// logged. Of an actor that is restarted with a failed sibling the code is `cancelled`.
  virtual void before_restart(const Error& error) { static_cast<void>(error); }

  /// The first thing of a new instance, but for an on_start that it still needs, and that has to
  /// succeed. Errors are logged.
  virtual void after_restart(const Error& error) { static_cast<void>(error); }

  /// How failures of children are met [one_for_one(), restart]. Called for each failure, in this
  /// actor's turn; but a child keeps the limit of restarts that was said before its first one.
  /// Where this throws, that is logged, and the child is stopped.
  [[nodiscard]] virtual SupervisorStrategy supervision() const { return one_for_one(); }

  /// What becomes of a message whose handler failed. A class that overrides it has handlers that
  /// take messages by const reference, or by value, which copies them: so one can be handled again.
  /// Not asked about what nobody sent: a timer's message, a ReceiveTimeout or a Terminated, which
  /// is dropped. Nor where the actor is stopped.
  ///
  /// The instance that failed is asked, at a restart after before_restart() and the children's
  /// end. Its asker has heard of the failure by then: what is handled again has none.
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
