// Context: what an actor can do besides answering: spawn, watch, ask, wait, put off, stop.
//
// An Actor inherits it; a handler of a behaviour takes it as an argument. Everything here is for
// the actor's own thread: inside handlers, hooks and the constructor, and in a Task after a
// co_await as before it. Not for a then(), the function of a pipe(), or a thread of the handler's:
// give those self(), and let them tell it.
#pragma once

#include <functional>
#include <string_view>
#include <troupe/actor/made.hpp>
#include <troupe/actor/ref.hpp>
#include <troupe/actor/selects.hpp>
#include <troupe/actor/spawn_options.hpp>

namespace troupe {

class EventStream;
class Logger;
class Sleeping;
class Yielding;
struct MailboxDepth;
struct NodeAddress;
struct RetrySettings;
struct Stashed;
template <Request M>
class Asking;
template <class R>
struct Deferred;
template <class Protocol>
class Behavior;
template <class Protocol>
class Router;

/// When a timer fires: made by every().
struct Every {
  Duration period;
};
/// Made by after().
struct After {
  Duration delay;
};
/// Fires again and again; the period must be positive. Duration::max() is never.
[[nodiscard]] constexpr Every every(Duration period) noexcept { return {period}; }
/// Fires once; at once where the delay is 0 or less, and never where it is Duration::max().
[[nodiscard]] constexpr After after(Duration delay) noexcept { return {delay}; }

/// An AnyRef, an ActorRef of any protocol, or what converts to an AnyRef as they do.
template <class Ref>
concept ConvertsToRef = std::convertible_to<const Ref&, AnyRef>;

/// Of one actor. A handle of one pointer: parts of an actor may keep a reference or a copy as long
/// as the actor's instance lives.
class Context : public Selects<Context> {
 public:
  /// Of the runtime.
  explicit Context(runtime::Cell& cell) noexcept : cell_(&cell) {}

  // --- Who and where ---

  /// A ref to this actor, for others to keep. It stays the same across restarts.
  [[nodiscard]] AnyRef self() const noexcept;
  /// This actor, as one that accepts a protocol, or that of a class, which the caller vouches for:
  /// `self<Account>()` is a RefTo<Account>, and inside of it `self<Protocol>()` is.
  template <class T>
  [[nodiscard]] RefTo<T> self() const noexcept {
    return RefTo<T>(self());
  }
  /// Who made this actor: another actor, or "/user" for one that the system's spawn() made.
  [[nodiscard]] AnyRef parent() const noexcept;
  /// Who sent the message that is being handled; nobody for messages from outside of actors, from
  /// timers, and outside of handlers. In a Task it stays who sent the Task's message.
  [[nodiscard]] AnyRef sender() const noexcept;
  /// "/user/manager/worker"; without the node's address. Takes a lock for each part.
  [[nodiscard]] std::string path() const;
  /// Speaks in the name of this actor's path, which is looked up now: keep it where many lines are
  /// written.
  ///
  ///   log().info("{} of {} are left", left, all);
  [[nodiscard]] Logger log() const;
  /// The system's: `events().subscribe<troupe::NodeDown>(self<Protocol>());`, for an actor whose
  /// Protocol has NodeDown.
  [[nodiscard]] EventStream& events() const noexcept;
  /// How much waits for this actor now. Looks at each message that does.
  [[nodiscard]] MailboxDepth depth() const;

  // --- Others, by their paths ---

  /// What select() and try_select() of the base class look up. Errors: see Selects.
  [[nodiscard]] Result<AnyRef> try_select_any(std::string_view path) const;
  [[nodiscard]] Result<std::vector<AnyRef>> try_select_any(std::string_view path,
                                                           const EachNode& nodes) const;
  [[nodiscard]] Result<AnyRef> try_select_any(std::string_view path, const OneNode& node) const;

  // --- Children ---

  /// Makes a child. `name` is unique among the siblings and has no '/'; an empty one is replaced by
  /// a name made from the id. The arguments are copied, and handed to the constructor again at a
  /// restart. The constructor has run when this returns, on_start() has not: what is told from now
  /// on waits for it. Gives a RefTo<T>. Throws Failure: `name_taken`, `invalid_name`,
  /// `invalid_setting` for options that are out of their range, `shutdown`, also where this actor
  /// is ending, `start_failed`, `limit_reached`. Children end before their parent does.
  ///
  ///   auto worker = spawn<Worker>("worker", with(stop_after_idle(5min)), database_);
  template <class T, class... Args>
  auto spawn(std::string_view name = {}, Args&&... args);
  template <class T, class... Args>
  auto spawn(std::string_view name, SpawnOptions options, Args&&... args);
  /// As spawn(), but returns the error.
  template <class T, class... Args>
  auto try_spawn(std::string_view name = {}, Args&&... args);
  template <class T, class... Args>
  auto try_spawn(std::string_view name, SpawnOptions options, Args&&... args);
  /// Makes a child from a behaviour.
  template <class Protocol>
  ActorRef<Protocol> spawn(std::string_view name, Behavior<Protocol> behavior,
                           SpawnOptions options = {});
  template <class Protocol>
  Result<ActorRef<Protocol>> try_spawn(std::string_view name, Behavior<Protocol> behavior,
                                       SpawnOptions options = {});
  /// Makes a child that is a pool() or a group().
  template <class Protocol>
  ActorRef<Protocol> spawn(std::string_view name, Router<Protocol> router,
                           SpawnOptions options = {});
  template <class Protocol>
  Result<ActorRef<Protocol>> try_spawn(std::string_view name, Router<Protocol> router,
                                       SpawnOptions options = {});

  /// Makes a child on another node, of a class that the node offers by the name `offer`; see
  /// remote_child.hpp, which has to be included. Of several nodes it is the first that takes the
  /// child.
  template <class T, class... Args>
  [[nodiscard]] Future<ActorRef<typename T::Protocol>> spawn_on(NodeAddress node, std::string offer,
                                                                Args&&... args);
  template <class T, class... Args>
  [[nodiscard]] Future<ActorRef<typename T::Protocol>> spawn_on(std::vector<NodeAddress> candidates,
                                                                std::string offer, Args&&... args);
  /// The same on a member of the cluster that has the role.
  template <class T, class... Args>
  [[nodiscard]] Future<ActorRef<typename T::Protocol>> spawn_on(Role role, std::string offer,
                                                                Args&&... args);

  /// The living children, oldest first; those that are ending are among them until they have. As
  /// AnyRefs: keep what spawn() gave where the protocol matters. Looks at each of them.
  [[nodiscard]] std::vector<AnyRef> children() const;

  // --- Ends ---

  /// Ends this actor after the current message.
  void stop() const noexcept { stop(self()); }
  /// Ends an actor, here or on another node, after its current message; what is queued becomes dead
  /// letters. A Task that waits does not go on: its frame is destroyed where it is, and its asker
  /// hears of the end.
  void stop(AnyRef ref) const noexcept;
  /// Ends an actor once it has handled what was sent to it before. A pool ends once its routees
  /// have handled what it gave them, and have ended.
  void drain(AnyRef ref) const noexcept;
  /// Ends an actor as stop() does, but as failed: its watchers hear `killed`. A handler that runs
  /// is not interrupted, and on_stop() is called.
  void kill(AnyRef ref) const noexcept;
  /// Done when the actor has ended, and its name is free; one on another node also when that node
  /// is down or has left. Forgotten when it is dropped or cancelled. Fails as `deadlock` where a
  /// task that is not reentrant, or get(), would wait for this actor's own end, or for that of one
  /// which drains and waits for this actor.
  [[nodiscard]] Future<void> stopped(AnyRef ref) const;

  /// From now on this actor hears, once, with a Terminated, when the other ends; at once if it has,
  /// or if the ref is null. Watching it again before that changes nothing. One on another node is
  /// heard of also when its node is declared down or leaves; while that is only unreachable,
  /// nothing comes.
  /// A restart ends the watches of the old instance: the new one watches whom it wants to. A
  /// Terminated that was in the mailbox already comes to the new instance.
  void watch(AnyRef ref) const;
  /// No Terminated comes any more, not even one that is on its way. Nothing for one that is not
  /// watched.
  void unwatch(AnyRef ref) const noexcept;

  // --- Messages ---

  /// Asks; `co_await` it in a Task. The thread is not blocked. The answer comes ahead of what waits
  /// in this actor's mailbox, also of what the answerer told it before: an answer has no place in
  /// the order of messages.
  ///
  ///   auto answer = co_await ask<Order>(shop, {item, item + "!"}, 1s);   // made of its members
  ///   auto again = co_await ask(shop, order);           // a copy of one that has a name
  ///   auto last = co_await ask(shop, moved(order), 1s);
  ///
  /// The first is the form to use: g++ before 13 destroys the strings of the Order twice in
  /// `co_await ask(shop, Order{item, note})`, so that does not compile there. See made.hpp.
  template <Request M, ConvertsToRef Ref>
  [[nodiscard]] Asking<M> ask(const Ref& ref, Made<M> request,
                              Duration timeout = default_ask_timeout) const {
    static_assert(runtime::ref_accepts<Ref, M>, "the actor's Protocol does not accept the request");
    return Asking<M>(ref, std::move(request.message), timeout);
  }
  /// Of a message with a name, which is copied, or of a moved() one.
  template <int&... deduced, ConvertsToRef Ref, class M>
    requires Request<MessageIn<M>>
  [[nodiscard]] Asking<MessageIn<M>> ask(const Ref& ref, M&& request,
                                         Duration timeout = default_ask_timeout) const {
    return ask<MessageIn<M>>(ref, Made<MessageIn<M>>(std::forward<M>(request)), timeout);
  }

  /// Asks a temporary child, made for this and stopped afterwards, whichever way it ends. Fails as
  /// spawn() does where it cannot be made.
  template <class T, class M, class... Args>
    requires Request<MessageIn<M>>
  [[nodiscard]] FutureOfAsk<M, Args...> ask(M&& request, Duration timeout = default_ask_timeout,
                                            Args&&... args) const;

  /// Tells a temporary child, which ends by its own stop policy; without one it does not compile.
  /// Where the child cannot be made, the message is a dead letter, and the reason is in the log.
  template <class T, class M, class... Args>
  void tell(M message, Args&&... args) const;

  /// Hands over a message and waits for room where there is none, in the mailbox of an actor with
  /// Overflow::block or on the link to another node: `co_await send<Order>(ref, {item, note})`, in
  /// the forms of ask() and for the same reason. A link on which as much waits as it may hold
  /// refuses it as `link_full`. A cycle of those who wait for room fails as `deadlock`. Until there
  /// is room it can be withdrawn, by cancel() of the future for one: then, and where it is refused,
  /// it definitely is not executed, and the error says so; a message that was told to have been
  /// sent is not withdrawn any more. To any other mailbox of this process it is a try_tell(), with
  /// that one's errors. A message larger than the whole mailbox is `mailbox_full` at once.
  ///
  ///   const auto sent = co_await send<Line>(printer_, {text});
  ///   if (!sent) log().warn("not printed: {}", sent.error());
  template <class M, ConvertsToRef Ref>
  [[nodiscard]] Future<void> send(const Ref& to, Made<M> message) const;
  template <int&... deduced, ConvertsToRef Ref, class M>
  [[nodiscard]] Future<void> send(const Ref& ref, M&& message) const;

  /// Passes a message on as if its sender had sent it there; a request's answer goes from there
  /// straight to the asker, whose time goes on. For a request the handler returns what forward()
  /// returns. Where that would close a cycle of asks, the asker gets `deadlock`, and nothing is
  /// passed on.
  ///
  ///   troupe::Forwarded<int> on(Lookup request) { return forward(shard(request.key), request); }
  template <class Protocol, AcceptedBy<Protocol> M>
  auto forward(const ActorRef<Protocol>& ref, M message) const {
    return forward(AnyRef(ref), std::move(message));
  }
  /// The same to an actor whose protocol is not known here.
  template <class M>
  auto forward(AnyRef ref, M message) const;

  /// The answer to the request that is being handled will come later: `auto [reply, later] =
  /// defer<int>();`, keep `reply`, return `later`. Meanwhile the actor handles other messages.
  /// Where nobody asked, `reply` goes nowhere. A request is deferred once: a second defer() in its
  /// handler, or one behind forward() or stash(), throws Failure, `refused`. Outside of handlers it
  /// ends the process. See deferred.hpp.
  template <class R>
  [[nodiscard]] Deferred<R> defer() const;

  /// Tells this actor `map(result)`, as from itself, once the future is done. `map` runs on the
  /// thread that brings the result, so it must not touch the actor; what it throws is logged, and
  /// then no message comes. The message may be one of the class's Private ones.
  ///
  ///   pipe(disk_.ask(Read{page}), [page](Result<Bytes> read) { return PageRead{page, read}; });
  template <class R, class F>
  void pipe(Future<R> future, F map) const;

  /// Puts the message that is being handled aside; its asker goes on waiting. A full stash [10,000]
  /// drops it as `mailbox_full`. Where the handler fails afterwards, the message is not put aside.
  /// A message is put aside once: a second stash() in its handler throws Failure, `refused`.
  /// The handler of a request, if it returns a Result or a Task, returns what stash() returns:
  ///
  ///   troupe::Result<int> on(Count request) {
  ///     if (!open_) return stash(request);
  ///     return count_;
  ///   }
  template <class M>
  auto stash(M message) const -> std::conditional_t<Request<M>, Stashed, void>;
  /// Puts everything that was put aside before the messages in the mailbox, oldest first. Nothing
  /// of it is handled before the current handler is done.
  void unstash_all() const;

  /// Lets other actors run before this task goes on: `co_await yield()`.
  [[nodiscard]] Yielding yield() const noexcept;

  // --- Time ---

  /// The system's time, which never goes back; in tests the one that the test steps. Not the time
  /// of day. About 25 ns.
  [[nodiscard]] TimePoint now() const noexcept;

  /// `co_await sleep(1s)`: the task goes on after `delay`, never earlier. 0, or less, is a turn's
  /// pause; Duration::max() is for ever. Unless the task is reentrant the actor handles nothing
  /// else meanwhile; it can be stopped.
  [[nodiscard]] Sleeping sleep(Duration delay) const noexcept;

  /// Tries again, after growing pauses, while the error may pass (may_pass() in retry.hpp): that
  /// nobody could be reached, that there was no room, or no answer in time. The last outcome is
  /// that of the whole.
  ///
  ///   auto stock = co_await retry({.times = 4, .initial = 50ms, .max = 1s},
  ///                               [&] { return ask<Count>(store_, {item}, 500ms); });
  ///
  /// `begin` returns what is awaited: an ask(), a Future, or a Task of a Result. A request that
  /// timed out may have been executed: one that must not be executed twice is tried again with
  /// `.only_if_not_executed = true`. Out of its range a setting gives `invalid_setting`. With g++
  /// before 13 a lambda that captures strings and the like by value has a name, or does not
  /// compile.
  template <class F>
  [[nodiscard]] auto retry(RetrySettings settings, F&& begin) const;

  /// Tells this actor `message`, ahead of its mailbox, when the time comes: never early, and up to
  /// a quarter of the time, 17 ms at most, late, so that the timers of many actors come together.
  /// A period keeps its rhythm. A timer with the same key is replaced. Timers end with the
  /// instance. Ticks do not count against idle time. While the actor is busy ticks do not pile up:
  /// one waits at the most, and those that were missed are left out. Each tick is a copy of
  /// `message`; what copying throws is a failure of the actor. Throws Failure: `invalid_setting`
  /// for a period that is not positive.
  ///
  ///   start_timer("flush", every(1s), Flush{});    // with `using Private = Accepts<Flush>;`
  template <class M>
  void start_timer(std::string key, Every when, M message) const;
  template <class M>
  void start_timer(std::string key, After when, M message) const;
  /// The timer's message does not come any more, not even if it was due already. Nothing where
  /// there is no such timer.
  void cancel_timer(const std::string& key) const noexcept;

  /// Tells this actor ReceiveTimeout whenever no message has come for `idle`; 0 ends that. So does
  /// a restart. It comes again after each further `idle`. Timers' messages are none that count; an
  /// unfinished task, and messages that are stashed, keep it from coming. Throws Failure:
  /// `invalid_setting` for less than 0.
  void set_receive_timeout(Duration idle) const;

  /// Of the runtime.
  [[nodiscard]] runtime::Cell& cell() const noexcept { return *cell_; }

 private:
  using MakeMessage = std::function<runtime::Envelope*(runtime::ActorId, std::uint64_t)>;
  static void check_period(Duration period);
  void start_keyed_timer(std::string key, Duration first, Duration period, MakeMessage make) const;
  void check_not_stashed() const;
  void stash_envelope(runtime::Envelope* envelope) const;
  [[nodiscard]] Future<void> send_envelope(AnyRef ref, runtime::Envelope* envelope) const;
  [[nodiscard]] runtime::Envelope* current_request() const noexcept;

  runtime::Cell* cell_;
};

}  // namespace troupe
