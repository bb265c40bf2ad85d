// LocalActors: the actors of one system, as the layers above see them. The transport finds them by
// it, delivers to them what comes from other nodes, and takes part in the system's books; what it
// is of the runtime stays behind it.
//
// It is handed on by value and owns nothing. What each message passes through is inline, so that
// the seam costs nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <troupe/actor/actor_ref.hpp>
#include <troupe/actor/death_watch.hpp>
#include <troupe/actor/ports/encoded_message.hpp>
#include <troupe/actor/runtime/cell_pool.hpp>
#include <troupe/actor/runtime/deliver.hpp>
#include <troupe/actor/runtime/system_core.hpp>
#include <troupe/actor/runtime/thread_context.hpp>

namespace troupe::runtime {

class EventSource;
class Roster;
struct RemoteSignal;

/// Any thread, where nothing else is said. Ends with its system.
class LocalActors {
 public:
  LocalActors(SystemCore& core) noexcept  // NOLINT(google-explicit-constructor)
      : core_(&core) {}

  // What the system has.

  [[nodiscard]] const std::string& name() const noexcept { return core_->name; }
  [[nodiscard]] const Clock& clock() const noexcept { return core_->clock(); }
  [[nodiscard]] Random& random() const noexcept { return *core_->platform.random; }
  [[nodiscard]] Logger log(std::string source) const { return core_->log(std::move(source)); }
  [[nodiscard]] EventStream& events() const noexcept { return core_->events; }
  /// The message types that its actors accept, or have sent to other nodes.
  [[nodiscard]] const KnownTypes& types() const noexcept { return core_->types; }
  /// One of the latter.
  void know(const MessageType& type) const { core_->know(type); }
  [[nodiscard]] Duration shutdown_timeout() const noexcept {
    return core_->settings.shutdown_timeout;
  }
  [[nodiscard]] bool is_shutting_down() const noexcept {
    return core_->shutting_down.load(std::memory_order_relaxed);
  }
  /// By which the system is known to what may outlive it.
  [[nodiscard]] SystemAnchor* anchor() const noexcept { return core_->anchor; }

  // Find.

  /// The actor with this id, which may have ended since; a null ref where there never was one here.
  [[nodiscard]] AnyRef find(ActorId id) const noexcept { return find_in(core_->anchor, id); }
  /// As find(), for the system with this anchor.
  [[nodiscard]] static AnyRef find_in(const SystemAnchor* anchor, ActorId id) noexcept {
    Cell* const cell = find_cell(id);
    const bool is_theirs =
        cell != nullptr && cell->anchor.load(std::memory_order_relaxed) == anchor;
    return is_theirs ? AnyRef(cell, id) : AnyRef();
  }
  /// The actor with this id while its mailbox is open, or else a null ref.
  [[nodiscard]] AnyRef find_open(ActorId id) const noexcept {
    const AnyRef actor = find(id);
    const Cell* const cell = actor.cell();
    const bool is_open = cell->id.load(std::memory_order_relaxed) == id &&
                         cell->inbox.load(std::memory_order_relaxed) != Cell::closed;
    return is_open ? actor : AnyRef();
  }
  /// The actor at a path such as "/user/manager/worker", or a null ref.
  [[nodiscard]] AnyRef find_at(std::string_view path) const;
  /// A ref with this id to an actor that never was: what is sent to it is a dead letter.
  [[nodiscard]] static AnyRef nobody_with(ActorId id) noexcept { return {&nobody, id}; }

  /// The path of an actor that lives, or ended not too long ago.
  [[nodiscard]] std::string path_of(ActorId id) const { return runtime::path_of(*core_, id); }
  /// Whether the actor lives and was given a name.
  [[nodiscard]] bool has_name(ActorId id) const { return core_->names.name_of(id).has_value(); }
  /// By which the system of an actor of this process is known. Only when not remote.
  [[nodiscard]] static SystemAnchor* anchor_of(const AnyRef& actor) noexcept {
    return actor.cell()->anchor.load(std::memory_order_relaxed);
  }

  // Deliver.

  /// Takes messages that have come together to an actor here; what cannot be delivered becomes a
  /// dead letter. Never blocks.
  static void deliver(const AnyRef& actor, EncodedMessage&& messages) {
    deliver_run(actor.cell(),
                make_encoded(Kind::encoded, actor.id(), nullptr, std::move(messages)));
  }
  /// As deliver(), for one message whose answer is awaited.
  static void deliver(const AnyRef& actor, const AskPart& ask, EncodedMessage&& request) {
    runtime::deliver(actor.cell(),
                     make_encoded(Kind::encoded, actor.id(), &ask, std::move(request)));
  }
  /// Takes an answer, an envelope of kind `reply`, to the actor that has asked. One that has ended
  /// hears nothing.
  static void deliver_reply(ActorId asker, Envelope* reply) noexcept {
    Cell* const cell = find_cell(asker);
    if (cell == nullptr || !deliver_system(cell, reply)) free_envelope(reply);
  }

  /// Carries out what another node has signalled: sends it on to the actors that it concerns, which
  /// take it only from the node that it is about. Runs no user code and never blocks. The
  /// transport's thread.
  void receive(RemoteTarget& from, RemoteSignal signal) const noexcept;
  /// Tells a proxy here that what it has asked of `node` will not be done there, or that the
  /// child is lost: this node's own word, in place of an answer. `signal` is ChildNotPlaced or
  /// ChildEnded.
  void answer_for(RemoteTarget& node, RemoteSignal signal) const noexcept;
  /// A life of another node's is over: the children that actors there have here must end. Those
  /// that actors here have there get ChildEnded with `node_down` from the transport. The
  /// transport's thread.
  void node_lost(RemoteTarget& node) const noexcept;

  /// Takes a message of the node's own to an actor here, behind what waits for it, whatever its
  /// bound: it is in no books. False where the actor has ended, or is another system's.
  template <class M>
  [[nodiscard]] bool notify(ActorId actor, M message) const {
    const AnyRef open = find_open(actor);
    if (!open) return false;
    return deliver_notice(open, make_envelope(Kind::notice, actor, 0, std::move(message)));
  }
  /// The same of a message in an envelope of kind `notice`, which it takes over.
  [[nodiscard]] bool notify(ActorId actor, Envelope* notice) const {
    const AnyRef open = find_open(actor);
    if (open) return deliver_notice(open, notice);
    free_envelope(notice);
    return false;
  }

  // Watch.

  /// Lets a watcher on another node, as a ref to that one with the key of the watch, hear of the
  /// end of an actor here; at once where it has ended.
  void watch(const AnyRef& actor, const AnyRef& watcher) const;
  /// Ends that watch.
  static void unwatch(ActorId actor, const AnyRef& watcher);
  /// Completes the sink once with this token, not 0, when the actor, one of this process, has
  /// ended; false, and never, where it has ended already. Takes a reference of the sink.
  [[nodiscard]] static bool await_end(const AnyRef& actor, ReplySink& sink, std::uint64_t token);
  /// Tells an actor here of an end elsewhere that it watches for.
  static void tell_of_end(ActorId watcher, Terminated notice) noexcept;

  // The end.

  /// Lets all actors end, as the first step of ActorSystem::shutdown(), which is still to come.
  /// Blocks on nothing.
  void begin_shutdown() const;
  /// Whether all of them have ended.
  [[nodiscard]] bool have_ended() const;

  // Books: sent == handled + dead letters + in flight.

  /// Messages come into the books: each is handled, or a dead letter, in the end.
  void count_sent(std::uint64_t messages) const noexcept;
  /// Counts, keeps, publishes and, at a limited rate, logs a dead letter.
  void add_dead_letter(DeadLetter letter) const noexcept;

  // Links.

  /// From now on refs to the system's actors carry this address to other nodes. Before any ref
  /// leaves. The owner of the system.
  void set_address(std::string address) const;
  /// The address that its refs carry; empty where it has no links.
  [[nodiscard]] const std::string& address() const noexcept { return core_->address; }
  /// The way to other nodes, from now on; null for none any more.
  void set_nodes(RemoteNodes* nodes) const noexcept;
  /// Who has which role in the cluster, from now on; null for no member any more. The owner of the
  /// system.
  void set_roster(Roster* roster) const noexcept;
  /// Is let go of when the last actor of the system has ended, by the thread that destroys the
  /// system; never where one has not: it may still use it. The owner of the system.
  void lend(std::shared_ptr<void> used) const;
  /// Where workers without work may wait from now on, and for good. Once.
  void attach(EventSource& source) const noexcept;

 private:
  [[nodiscard]] static bool deliver_notice(const AnyRef& actor, Envelope* notice) noexcept;
  friend class DeliveryScope;
  friend class LinkServiceScope;

  SystemCore* core_;
};

/// The actors of a system that may be gone, which stay while this lives:
/// `if (const ActorsVisit actors(anchor); actors) actors->...`.
class ActorsVisit {
 public:
  explicit ActorsVisit(SystemAnchor* anchor) noexcept : visit_(anchor) {
    if (visit_) actors_.emplace(*visit_);
  }

  explicit operator bool() const noexcept { return actors_.has_value(); }
  const LocalActors* operator->() const noexcept { return &*actors_; }
  const LocalActors& operator*() const noexcept { return *actors_; }

 private:
  const SystemVisit visit_;
  std::optional<LocalActors> actors_;
};

/// While it lives, this thread is one of the system's: what it delivers comes into the books once,
/// at the end, and it waits for room in no mailbox.
class DeliveryScope {
 public:
  explicit DeliveryScope(const LocalActors& actors) noexcept
      : core_(*actors.core_), before_(this_thread) {
    this_thread.core = &core_;
    this_thread.anchor = core_.anchor;
    this_thread.sent = 0;
  }
  ~DeliveryScope() {
    if (this_thread.sent != 0) LocalActors(core_).count_sent(this_thread.sent);
    this_thread = before_;
  }
  DeliveryScope(const DeliveryScope&) = delete;
  DeliveryScope& operator=(const DeliveryScope&) = delete;

 private:
  SystemCore& core_;
  const ThreadContext before_;
};

/// While it lives, this thread serves the system's links, and no code of a user's runs here.
class LinkServiceScope {
 public:
  explicit LinkServiceScope(const LocalActors& actors) noexcept : scope_(*actors.core_) {}

 private:
  const ServiceScope scope_;
};

}  // namespace troupe::runtime
