// Children on other nodes, supervised from here.
//
//   node.offers<Worker, int>("worker");                               // there
//   auto worker = co_await spawn_on<Worker>(address, "worker", 4);    // here, in a handler
//   auto other = co_await spawn_on<Worker>(role("worker"), "worker", 4);   // of a cluster
//
// The ref is that of a proxy, a child like any other: it has the child's failures, its parent
// decides about them with its own strategy, and it ends with the child. The child ends when its
// parent does, or when the parent's node is lost. When the child's node is lost, or shut down, the
// parent's strategy is asked, with `node_down`: a restart places the child again, behind the same
// ref. There parent() names the runtime's own "/remote".
//
// Offers are those of one process: after a restart the node makes them again. There the child is
// "/remote/worker-1", or another number, with the stop policy of its class; other SpawnOptions
// cannot be given to it.
#pragma once

#include <memory>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/runtime/offered.hpp>
#include <troupe/actor/runtime/remote_child_proxy.hpp>
#include <troupe/actor/runtime/routed_message.hpp>
#include <tuple>

namespace troupe {

namespace runtime {

/// Makes a child of the actor that has its turn, on one of the candidates, or of those that have
/// the role.
template <class T, class... Args>
[[nodiscard]] Future<ActorRef<typename T::Protocol>> place_child(
    Cell& parent, std::vector<NodeAddress> candidates, std::optional<Role> role, std::string offer,
    Args&&... args) {
  using Ref = ActorRef<typename T::Protocol>;
  require_made_from<T, std::decay_t<Args>...>();
  static_assert(
      !(is_at_risk<Args> || ...),
      "g++ before 13 destroys this argument twice where it is made in a co_await: make it "
      "in a statement before and pass it by its name");
  auto promise = std::make_shared<Promise<Ref>>();
  auto spawned = promise->future();
  Placement placement{
      .candidates = std::move(candidates),
      .role = std::move(role),
      .offer = std::move(offer),
      .write_arguments = [arguments = std::tuple<std::decay_t<Args>...>(std::forward<Args>(
                              args)...)](wire::Writer& writer) { wire::encode(writer, arguments); },
      .types = RoutedMessages<typename T::Protocol>::types(),
      .find_type = RoutedMessages<typename T::Protocol>::find_type,
      .tell_spawner =
          [promise = std::move(promise)](Result<AnyRef> placed) {
            if (!placed.ok()) return promise->fail(std::move(placed).error());
            promise->set(Ref(*placed));
          }};
  auto made = spawn_remote_child_proxy(*this_thread.core, parent, std::move(placement));
  if (!made.ok()) return Future<Ref>::ready(std::move(made).error());
  return spawned;
}

}  // namespace runtime

/// The future is done when the child's constructor has returned there. It has no time limit of its
/// own: await it in a task, or pipe() it.
///
/// The candidates are asked in order, until one takes the child, and after a loss from the one
/// behind the lost one on. One that cannot be reached is passed over at once, unless it may have
/// got the order or is the last: then it is waited for until it answers or is declared down.
/// Messages that come while no node has the child wait in order, at most stash_max of them
/// [10,000]. The arguments must be serialisable and are of exactly the types that the node offers
/// the class with; refs in them mean the same actors there. Errors: what the last candidate said,
/// such as `no_such_actor` when it does not offer the name, `malformed` for other arguments,
/// `start_failed` when the constructor throws, or `node_down`; `node_unreachable` without a
/// transport; `not_serialisable` where the codec of an argument throws; `invalid_setting` for no
/// candidates; `limit_reached`, `shutdown`.
template <class T, class... Args>
Future<ActorRef<typename T::Protocol>> Context::spawn_on(std::vector<NodeAddress> candidates,
                                                         std::string offer, Args&&... args) {
  if (candidates.empty()) {
    return Future<ActorRef<typename T::Protocol>>::ready(
        Error(ErrorCode::invalid_setting, "a child needs at least 1 node to be on",
              Execution::not_executed));
  }
  return runtime::place_child<T>(cell(), std::move(candidates), {}, std::move(offer),
                                 std::forward<Args>(args)...);
}

/// As above, of the members of the cluster that have the role; see role.hpp. They are looked up
/// anew for each placement, the first one and each after a loss, and begun with another one each
/// time. Where this node is one of them, the child may be made here, of what this node offers.
///
/// In a cluster a node is lost once this node's view shows it as down, or it leaves, and not
/// before: no child is placed again because its member is silent. Errors besides:
/// `node_unreachable` where nobody has the role, which names it and those that members have. After
/// a loss that is a failure, about which the parent's strategy is asked: with a backoff() the child
/// comes back when a member with the role does.
template <class T, class... Args>
Future<ActorRef<typename T::Protocol>> Context::spawn_on(Role role, std::string offer,
                                                         Args&&... args) {
  return runtime::place_child<T>(cell(), {}, std::move(role), std::move(offer),
                                 std::forward<Args>(args)...);
}

/// With one candidate.
template <class T, class... Args>
Future<ActorRef<typename T::Protocol>> Context::spawn_on(NodeAddress node, std::string offer,
                                                         Args&&... args) {
  return spawn_on<T>(std::vector{std::move(node)}, std::move(offer), std::forward<Args>(args)...);
}

}  // namespace troupe
