// ActorSystem: the actors of one process, or of a part of it, and the threads that run them.
//
//   troupe::ActorSystem system("bank");
//   auto account = system.spawn<Account>("account");         // "/user/account"
//   account.tell(Deposit{500});
//   int cents = account.ask(Balance{}, 1s).get().value();    // get() is not for handlers
//   system.shutdown();                                       // or at the end of the scope
//
// A process may have several; refs lead from one to the other as within one. A system alone reaches
// no other nodes: those are a Node's, which has one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/behavior.hpp>
#include <troupe/actor/dead_letters.hpp>
#include <troupe/actor/event_stream.hpp>
#include <troupe/actor/mailbox_depth.hpp>
#include <troupe/actor/runtime/offered.hpp>
#include <troupe/actor/runtime/temporary.hpp>
#include <troupe/actor/shutdown_report.hpp>
#include <troupe/actor/system_settings.hpp>
#include <troupe/base/platform.hpp>
#include <vector>

namespace troupe {

namespace runtime {
class Scheduler;
class SystemCore;
}  // namespace runtime

/// The books: sent == handled + dropped + stored + in flight, once nothing runs. While actors run,
/// the numbers may be some messages apart.
struct SystemCounts {
  std::uint64_t sent = 0;     ///< Messages; again each time that one is stashed or retried.
  std::uint64_t handled = 0;  ///< Messages that reached a handler.
  std::uint64_t dropped = 0;  ///< Dead letters of every reason.
  std::uint64_t stored = 0;   ///< Messages in durable mailboxes; sent again when they come out.
  std::uint64_t late_replies = 0;  ///< Answers that came when nobody waited any more.
  /// Functions given to then() that had to wait for a thread: see continuation_threads_max.
  std::uint64_t continuations_waited = 0;
};

/// All functions are for any thread, but not for handlers unless they say so.
///
/// The child of a fork() has a copy of a system without its threads, whose locks may be held for
/// ever: it may only exec, or end by _exit(). It must not touch the system, its actors or a future,
/// nor destroy them, as exit() and a return from main() would. Make systems after the fork, where
/// the child is to have one. The parent notices nothing.
class ActorSystem : public Selects<ActorSystem> {
 public:
  /// Starts the workers. Throws Failure with `invalid_setting`, which names the first setting that
  /// is out of its range. `name` is what the system's own lines in the log begin with.
  explicit ActorSystem(std::string name, SystemSettings settings = {},
                       Platform platform = real_platform());

  /// As above, with a scheduler of the caller's, made for the system's core: so a test runs actors
  /// one by one, without threads. Users have testkit::TestSystem, which does that.
  using MakeScheduler = std::function<std::unique_ptr<runtime::Scheduler>(runtime::SystemCore&)>;
  ActorSystem(std::string name, SystemSettings settings, Platform platform,
              const MakeScheduler& make_scheduler);

  /// Refs stay what they are. From then on the old one may only be destroyed.
  ActorSystem(ActorSystem&&) noexcept = default;
  ActorSystem& operator=(ActorSystem&&) = delete;
  /// shutdown(), unless that was done. Not where that is refused.
  ~ActorSystem();

  /// As it was given. Handlers too.
  [[nodiscard]] const std::string& name() const noexcept;

  /// Makes an actor at the root: "/user/<name>". As Context::spawn(). The constructor has run when
  /// this returns, on the calling thread; on_start() runs later, as the actor's first turn. Once a
  /// shutdown() has begun it fails with `shutdown`. Failures of the actor are met by
  /// SystemSettings::guardian_strategy.
  ///
  ///   auto worker = system.spawn<Worker>("worker", with(bounded(256, Overflow::reject)), 4);
  template <class T, class... Args>
  auto spawn(std::string_view name = {}, Args&&... args) {
    static_assert(runtime::ActorCheck<T, Args...>::done);
    return try_spawn<T>(name, std::forward<Args>(args)...).value();
  }
  template <class T, class... Args>
  auto spawn(std::string_view name, SpawnOptions options, Args&&... args) {
    static_assert(runtime::ActorCheck<T, Args...>::done);
    return try_spawn<T>(name, std::move(options), std::forward<Args>(args)...).value();
  }
  /// As spawn(), but returns the error, in a Result of the ref.
  template <class T, class... Args>
  auto try_spawn(std::string_view name = {}, Args&&... args) {
    static_assert(runtime::ActorCheck<T, Args...>::done);
    return runtime::spawn_actor<T>(*core_, guardian(), name, nullptr, std::forward<Args>(args)...);
  }
  template <class T, class... Args>
  auto try_spawn(std::string_view name, SpawnOptions options, Args&&... args) {
    static_assert(runtime::ActorCheck<T, Args...>::done);
    return runtime::spawn_actor<T>(*core_, guardian(), name, &options, std::forward<Args>(args)...);
  }
  /// Makes an actor from a behaviour; see behavior.hpp.
  template <class Protocol>
  ActorRef<Protocol> spawn(std::string_view name, Behavior<Protocol> behavior,
                           SpawnOptions options = {}) {
    return try_spawn(name, std::move(behavior), std::move(options)).value();
  }
  template <class Protocol>
  Result<ActorRef<Protocol>> try_spawn(std::string_view name, Behavior<Protocol> behavior,
                                       SpawnOptions options = {}) {
    return spawn_behavior(*core_, guardian(), name, std::move(behavior), options);
  }
  /// Makes a pool() or a group(); needs router.hpp.
  template <class Protocol>
  ActorRef<Protocol> spawn(std::string_view name, Router<Protocol> router,
                           SpawnOptions options = {}) {
    return try_spawn(name, std::move(router), std::move(options)).value();
  }
  template <class Protocol>
  Result<ActorRef<Protocol>> try_spawn(std::string_view name, Router<Protocol> router,
                                       SpawnOptions options = {}) {
    return spawn_router(*core_, guardian(), name, router, options);
  }

  /// Allows other nodes to spawn T here: their actors then can have children of class T on this
  /// node, see Context::spawn_on(). Its constructor is given what they say, as arguments of exactly
  /// these types. For good: an offer is not withdrawn. Nothing comes of it in a system that is not
  /// that of a Node. Throws Failure: `name_taken`, `invalid_name`, `shutdown`, `limit_reached`.
  ///
  ///   node.offers<Worker, int>("worker");        // Worker(int); see remote_child.hpp
  template <class T, class... Args>
  void offers(std::string_view name) {
    try_offers<T, Args...>(name).value();
  }
  /// As offers(), but returns the error.
  template <class T, class... Args>
  [[nodiscard]] Result<void> try_offers(std::string_view name) {
    return runtime::offer(*core_, name, &runtime::make_offered<T, Args...>);
  }

  /// Asks, or tells, a temporary actor, made at the root; as in Context.
  ///
  ///   auto sum = system.ask<Adder>(Add{1, 2}, 1s).get();     // a new Adder, which ends afterwards
  template <class T, class M, class... Args>
    requires Request<MessageIn<M>>
  [[nodiscard]] FutureOfAsk<M, Args...> ask(M&& request, Duration timeout = default_ask_timeout,
                                            Args&&... args) {
    return FutureOfAsk<M, Args...>(runtime::ask_temporary<T, MessageIn<M>>(
        *core_, guardian(), std::forward<M>(request), timeout, std::forward<Args>(args)...));
  }
  template <class T, class M, class... Args>
  void tell(M message, Args&&... args) {
    runtime::tell_temporary<T>(*core_, guardian(), std::move(message), std::forward<Args>(args)...);
  }

  /// As the functions of the same names in Context: orders, which return at once, for actors of any
  /// system of the process, or of another node. `system.stopped(ref).get()` waits for the end,
  /// however long that takes.
  void stop(AnyRef ref) noexcept;
  void drain(AnyRef ref) noexcept;
  void kill(AnyRef ref) noexcept;
  [[nodiscard]] Future<void> stopped(AnyRef ref);

  /// The actor that is at a path of this system's now, such as "/user/manager/worker", as one that
  /// accepts the protocol T, or that of the actor class T. Throws Failure: `invalid_path`,
  /// `no_such_actor`, also for one on another node, which select() leads to. That the actor is of
  /// this class nobody checks: another one refuses messages as `unknown_type`. Handlers too.
  template <class T>
  [[nodiscard]] RefTo<T> find(std::string_view path) const {
    return RefTo<T>(find_any(path));
  }
  /// As find(), for an actor whose protocol is not known here. Handlers too.
  [[nodiscard]] AnyRef find_any(std::string_view path) const;
  /// As find(), but returns the error. Handlers too.
  template <class T>
  [[nodiscard]] Result<RefTo<T>> try_find(std::string_view path) const {
    return runtime::as_ref_to<RefTo<T>>(try_find_any(path));
  }
  [[nodiscard]] Result<AnyRef> try_find_any(std::string_view path) const;

  /// What select() and try_select() of the base class look up. Errors: see Selects. Handlers too.
  [[nodiscard]] Result<AnyRef> try_select_any(std::string_view path) const;
  [[nodiscard]] Result<std::vector<AnyRef>> try_select_any(std::string_view path,
                                                           const EachNode& nodes) const;
  [[nodiscard]] Result<AnyRef> try_select_any(std::string_view path, const OneNode& node) const;

  /// How much waits for an actor of this system. The actor itself counts it, ahead of its messages
  /// but behind a handler that runs just now: one that does not return leaves this to the timeout.
  /// Costs nothing before. Errors: `timeout`; `actor_stopped` where it has ended; `no_such_actor`
  /// for a null ref, or an actor of another node; `invalid_setting` for a negative timeout.
  /// Handlers too.
  [[nodiscard]] Future<MailboxDepth> depth_of(AnyRef ref,
                                              Duration timeout = default_ask_timeout) const;

  /// Where the system's events, and those of users, are published. Handlers too. As long as the
  /// system lives.
  [[nodiscard]] EventStream& events() noexcept;
  /// What was not delivered: `system.dead_letters().count(ErrorCode::mailbox_full)`. Handlers too.
  [[nodiscard]] const DeadLetters& dead_letters() const noexcept;
  /// Adds up what each worker has counted. Handlers too.
  [[nodiscard]] SystemCounts counts() const;

  /// Stops all actors, children first, and then the workers. Returns by the deadline [10 s],
  /// whatever the actors do. A handler that does not return keeps its thread, and the system's
  /// memory, until it does; asks that wait for it, or for whoever owes their answers, fail, and
  /// threads that wait for room in a mailbox go on. Past the deadline no handler begins, and
  /// afterwards messages are dead letters. Functions given to then() of what fails so have until
  /// the deadline, a tenth of a second at least. Once this has returned, and something had held it
  /// up, nothing of users' runs any more but destructors: no handler, no hook, no then().
  ///
  /// Another call waits for the first one, and returns the same report. Handlers, and functions
  /// given to then(), may call it, and hold it up themselves while they run. It is refused in the
  /// report's words, at once, where it would wait for itself: within a log sink that is called by
  /// the shutdown, by the thread that keeps the system's time, or by one that serves a node's
  /// links; and within a handler or a then() that another call waits for. What it throws, for want
  /// of memory, leaves the next call to carry it out.
  ShutdownReport shutdown();
  /// The same by another deadline than shutdown_timeout's, for whoever has more to end after it;
  /// where that has passed, at once.
  ShutdownReport shutdown_by(TimePoint deadline);

  /// Of the runtime.
  [[nodiscard]] runtime::SystemCore& core() const noexcept { return *core_; }

 private:
  /// The parent of what is spawned here.
  [[nodiscard]] runtime::Cell& guardian() const noexcept;

  std::shared_ptr<runtime::SystemCore> core_;
};

}  // namespace troupe
