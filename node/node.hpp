// Node: an actor system that actors on other nodes can reach, and that reaches theirs by path. It
// can all that an ActorSystem can.
//
//   troupe::Node bank({.name = "bank", .listen = "127.0.0.1:7001"});  // one process
//   bank.spawn<Account>("account");
//
//   troupe::Node shop({.name = "shop"});  // another one
//   auto account = shop.select<Account>("troupe://bank@127.0.0.1:7001/user/account");
//   account.tell(Deposit{500});
#pragma once

#include <memory>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/actor_system.hpp>
#include <troupe/actor/selects.hpp>
#include <troupe/cluster/cluster.hpp>
#include <troupe/node/node_settings.hpp>
#include <troupe/transport/transport_counts.hpp>
#include <troupe/transport/zmq/zmq_suppressions.hpp>
#include <vector>

namespace troupe {

/// All functions are for any thread, but not for handlers unless they say so. The child of a fork()
/// may only exec, or end by _exit(): see ActorSystem. A node's file descriptors do not outlive an
/// exec; a child that does neither keeps its connections open.
class Node : public Selects<Node> {
 public:
  /// Listens, and starts the system; nobody is dialled before something is sent there. Throws
  /// Failure: `invalid_setting` for all that NodeSettings::validate() finds and for an address that
  /// this machine has not, `address_in_use` where the port is taken, or `limit_reached` where the
  /// process has no file descriptors or threads left.
  explicit Node(NodeSettings settings, Platform platform = real_platform());

  /// shutdown(), unless that was done: so it blocks for up to the shutdown_timeout [10 s]. Not
  /// where shutdown() is refused.
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// The node's own, as long as the node lives. Shut down the node, and not the system alone: that
  /// leaves the links as they are.
  [[nodiscard]] ActorSystem& system() const noexcept;

  // --- What an ActorSystem can; see there. Handlers too where it says so there. ---

  /// An actor at "/user/<name>", which other nodes reach at path_of() it. Without a name it is
  /// called "$" and its id. Throws Failure: `name_taken`, `invalid_name`, `invalid_setting`
  /// for SpawnOptions, `start_failed`, `limit_reached`, `shutdown`.
  template <class T, class... Args>
  auto spawn(std::string_view name = {}, Args&&... args) {
    return system().spawn<T>(name, std::forward<Args>(args)...);
  }
  template <class Protocol>
  ActorRef<Protocol> spawn(std::string_view name, Behavior<Protocol> behavior,
                           SpawnOptions options = {}) {
    return system().spawn(name, std::move(behavior), std::move(options));
  }
  template <class Protocol>
  ActorRef<Protocol> spawn(std::string_view name, Router<Protocol> router,
                           SpawnOptions options = {}) {
    return system().spawn(name, std::move(router), std::move(options));
  }
  /// As spawn(), but returns the error.
  template <class T, class... Args>
  auto try_spawn(std::string_view name = {}, Args&&... args) {
    return system().try_spawn<T>(name, std::forward<Args>(args)...);
  }
  template <class Protocol>
  Result<ActorRef<Protocol>> try_spawn(std::string_view name, Behavior<Protocol> behavior,
                                       SpawnOptions options = {}) {
    return system().try_spawn(name, std::move(behavior), std::move(options));
  }
  template <class Protocol>
  Result<ActorRef<Protocol>> try_spawn(std::string_view name, Router<Protocol> router,
                                       SpawnOptions options = {}) {
    return system().try_spawn(name, std::move(router), std::move(options));
  }

  /// Allows actors of other nodes to have children of class T here; `name` is what they call the
  /// class. Without it none may.
  template <class T, class... Args>
  void offers(std::string_view name) {
    system().offers<T, Args...>(name);
  }
  template <class T, class... Args>
  [[nodiscard]] Result<void> try_offers(std::string_view name) {
    return system().try_offers<T, Args...>(name);
  }

  /// Asks, or tells, an actor that is made of `args` for this one message and ends with it.
  template <class T, class M, class... Args>
    requires Request<MessageIn<M>>
  [[nodiscard]] FutureOfAsk<M, Args...> ask(M&& request, Duration timeout = default_ask_timeout,
                                            Args&&... args) {
    return system().ask<T>(std::forward<M>(request), timeout, std::forward<Args>(args)...);
  }
  template <class T, class M, class... Args>
  void tell(M message, Args&&... args) {
    system().tell<T>(std::move(message), std::forward<Args>(args)...);
  }

  /// Of actors on other nodes too. stop() ends an actor after its current message, drain() once it
  /// has handled what was sent to it before, kill() as stop() does, but as failed, so that watchers
  /// hear `killed`. stopped() is done when the actor has ended and its name is free.
  void stop(AnyRef ref) noexcept { system().stop(ref); }
  void drain(AnyRef ref) noexcept { system().drain(ref); }
  void kill(AnyRef ref) noexcept { system().kill(ref); }
  [[nodiscard]] Future<void> stopped(AnyRef ref) { return system().stopped(ref); }

  /// The actor that is at a path of this node now. Throws Failure: `invalid_path`, `no_such_actor`;
  /// the functions that begin with try_ return that error.
  template <class T>
  [[nodiscard]] RefTo<T> find(std::string_view path) const {
    return system().find<T>(path);
  }
  [[nodiscard]] AnyRef find_any(std::string_view path) const { return system().find_any(path); }
  template <class T>
  [[nodiscard]] Result<RefTo<T>> try_find(std::string_view path) const {
    return system().try_find<T>(path);
  }
  [[nodiscard]] Result<AnyRef> try_find_any(std::string_view path) const {
    return system().try_find_any(path);
  }

  /// What select() and try_select() of the base class look up. Errors: see Selects.
  [[nodiscard]] Result<AnyRef> try_select_any(std::string_view path) const {
    return system().try_select_any(path);
  }
  [[nodiscard]] Result<std::vector<AnyRef>> try_select_any(std::string_view path,
                                                           const EachNode& nodes) const {
    return system().try_select_any(path, nodes);
  }
  [[nodiscard]] Result<AnyRef> try_select_any(std::string_view path, const OneNode& node) const {
    return system().try_select_any(path, node);
  }

  /// How much waits for an actor of this node; `no_such_actor` for one of another.
  [[nodiscard]] Future<MailboxDepth> depth_of(AnyRef ref,
                                              Duration timeout = default_ask_timeout) const {
    return system().depth_of(ref, timeout);
  }
  /// NodeSettings::name, which stands before the '@' of the address.
  [[nodiscard]] const std::string& name() const noexcept { return system().name(); }
  [[nodiscard]] EventStream& events() noexcept { return system().events(); }
  /// Messages to other nodes that were dropped here are among them.
  [[nodiscard]] const DeadLetters& dead_letters() const noexcept { return system().dead_letters(); }
  /// The books of the actors here; those of the links are link_counts().
  [[nodiscard]] SystemCounts counts() const { return system().counts(); }

  // --- What a node can besides ---

  /// What other nodes are told: NodeSettings::advertise, or else where the node listens, with the
  /// port that was bound. It stays the same as long as the node lives.
  [[nodiscard]] const NodeAddress& address() const noexcept;
  /// The random number that tells this life of the node from earlier ones; never 0.
  [[nodiscard]] std::uint64_t incarnation() const noexcept;
  /// The whole path of an actor here, as others can select it; of an actor elsewhere its own, with
  /// the address of its node.
  [[nodiscard]] std::string path_of(const AnyRef& ref) const;

  /// From now on these keys hold, without a restart: a key is added, taken away or replaced.
  /// Returns at once; within moments:
  ///   - who is trusted no more is neither heard nor spoken to: its connections and this node's to
  ///     it end, and what is under way on them is lost, as when a connection breaks;
  ///   - a new pair of own keys ends the connections that others have made to this node, which dial
  ///     again and need to trust the new key by then; those that this node has made go on with the
  ///     old key until they end, so the others need to trust both for that time.
  ///
  ///   auto read = troupe::SecuritySettings::load("bank.keys", "trusted.keys");
  ///   const auto done = read.ok() ? node.secure(*std::move(read)) : read.error();
  ///
  /// Any thread, handlers too. Errors: `invalid_setting`, which changes nothing; a node that was
  /// started without keys stays without, and the other way round.
  [[nodiscard]] Result<void> secure(SecuritySettings settings);

  /// The books of all links together, and of each: one for each address of another node that is
  /// known, aliases too. link_counts() also counts the process's file descriptors, for which it
  /// reads a directory of the system's: for a monitor, and not for each message.
  [[nodiscard]] TransportCounts link_counts() const;
  [[nodiscard]] std::vector<LinkCounts> links() const;

  /// This node as a member of its cluster, as long as the node lives. Throws Failure:
  /// `invalid_setting` where NodeSettings::cluster is not set. Handlers too.
  [[nodiscard]] Cluster& cluster() const;
  /// Whether NodeSettings::cluster is set. Handlers too.
  [[nodiscard]] bool has_cluster() const noexcept;

  /// Declares one life of a node over, whether this node has met it or not, and whichever life is
  /// at that address now: those who watch its actors hear `node_down`, and it is refused from then
  /// on (up to TransportSettings::ended_lives_max lives). Other lives notice nothing. Takes effect
  /// soon. Of a member of this node's cluster it is Cluster::down(): the other members believe it,
  /// and it is down for all. Handlers too.
  void declare_down(const NodeAddress& address, std::uint64_t incarnation);
  /// The same for the life that is known at this address when it is called. Where none is, what
  /// waits there for a first answer is given up, and nobody is refused later.
  void declare_down(const NodeAddress& address);

  /// Ends the actors, while the links still carry what these say and answer asks of other nodes;
  /// then sends what waits, to nodes that are being dialled too, for up to
  /// TransportSettings::linger; then ends the links. All by the system's shutdown_timeout. Asks
  /// that are under way fail with `actor_stopped`. A member leaves its cluster: the others see it
  /// leaving before the actors end, and that it has left before the links do. The report says what
  /// was left unsent and not handed over; counts(), link_counts() and links() stay readable.
  /// Another call waits for the first one, and returns the same report. Refused where
  /// ActorSystem::shutdown() is, within a log sink most of all; there the node must not be
  /// destroyed either.
  ShutdownReport shutdown();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace troupe
