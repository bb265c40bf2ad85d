// Children on other nodes, supervised from here.
//
//   node.offers<Worker, int>("worker");                               // there
//   auto worker = co_await spawn_on<Worker>(address, "worker", 4);    // here, in a handler
//
// The ref is that of a proxy, a child like any other: it has the child's failures, its parent
// decides about them with its own strategy, and it ends with the child. The child ends when its
// parent does, or when the parent's node is lost. When the child's node is lost the parent's
// strategy is asked, with `node_down`: a restart places the child again, behind the same ref. There
// parent() names the runtime's own "/remote".
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
  using Ref = ActorRef<typename T::Protocol>;
  runtime::require_made_from<T, std::decay_t<Args>...>();
  static_assert(
      !(runtime::is_at_risk<Args> || ...),
      "g++ before 13 destroys this argument twice where it is made in a co_await: make it "
      "in a statement before and pass it by its name");
  if (candidates.empty()) {
    return Future<Ref>::ready(Error(ErrorCode::invalid_setting,
                                    "a child needs at least 1 node to be on",
                                    Execution::not_executed));
  }
  auto promise = std::make_shared<Promise<Ref>>();
  auto spawned = promise->future();
  runtime::Placement placement{
      .candidates = std::move(candidates),
      .offer = std::move(offer),
      .write_arguments = [arguments = std::tuple<std::decay_t<Args>...>(std::forward<Args>(
                              args)...)](wire::Writer& writer) { wire::encode(writer, arguments); },
      .types = runtime::RoutedMessages<typename T::Protocol>::types(),
      .tell_spawner =
          [promise = std::move(promise)](Result<AnyRef> placed) {
            if (!placed.ok()) return promise->fail(std::move(placed).error());
            promise->set(Ref(*placed));
          }};
  auto made =
      runtime::spawn_remote_child_proxy(*runtime::this_thread.core, cell(), std::move(placement));
  if (!made.ok()) return Future<Ref>::ready(std::move(made).error());
  return spawned;
}

/// As above with one candidate.
template <class T, class... Args>
Future<ActorRef<typename T::Protocol>> Context::spawn_on(NodeAddress node, std::string offer,
                                                         Args&&... args) {
  return spawn_on<T>(std::vector{std::move(node)}, std::move(offer), std::forward<Args>(args)...);
}

}  // namespace troupe
