// Router: an actor that passes each message on to one of its routees, or to all. It looks to its
// senders like one of them: same protocol, and answers go straight from the routee to the asker.
//
//   pool   makes its routees, supervises them, and replaces those that end
//   group  passes on to actors that others have made, be it to given ones or to those of a role
//
// The message is not copied on its way: its envelope gets a new address. So a routee's sender() is
// the one who sent to the router; for a routee on another node, if that was an actor of this
// node's. What comes from another node is decoded once, by the router. The wait graph that finds
// cycles of asks ends at a router: a cycle through one ends by its timeout.
//
// Messages to a router without routees are dead letters, `no_such_actor`. A routee that has ended
// gets no more messages, and what was in its mailbox becomes dead letters. One on another node has
// ended when that is declared down; while it cannot be reached its share may be refused, as
// `node_unreachable`. What a routee's full mailbox refuses is not given to another one.
//
// A router has a mailbox of its own, and options: `spawn("stores", group<...>(...), with(...))`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <troupe/actor/actor.hpp>
#include <troupe/actor/router_strategy.hpp>
#include <troupe/actor/runtime/router_plan.hpp>
#include <tuple>
#include <vector>

namespace troupe {

/// How a pool meets failures of its routees unless it is told otherwise: by a restart, however many
/// messages fail. The pause before one is 1 ms, doubled for each further one within a minute up to
/// 100 ms, so that a routee that fails at everything restarts ten times a second.
[[nodiscard]] SupervisorStrategy pool_supervision();

/// What a pool() is made of.
template <class Protocol>
struct PoolSettings {
  /// How many there are from the beginning on; a pool does not grow. At least 1.
  std::size_t routees = 1;

  /// Which of them gets a message [one after the other]. See router_strategy.hpp.
  RouterStrategy<Protocol> strategy = round_robin();

  /// How failures of routees are met. The limit of restarts is also that of replacements
  /// of routees that end as pool() says.
  SupervisorStrategy supervision = pool_supervision();

  /// For each routee: mailbox, dispatcher, stop policy, middleware.
  SpawnOptions options = {};
};

/// What pool() and group() return, for spawn(). A value: each spawn() of it makes another router.
template <class Protocol>
class Router {
 public:
  /// Of pool() and group().
  explicit Router(runtime::RouterPlan plan)
      : plan_(std::make_shared<const runtime::RouterPlan>(std::move(plan))) {}

  /// Of the runtime.
  [[nodiscard]] const std::shared_ptr<const runtime::RouterPlan>& plan() const noexcept {
    return plan_;
  }

 private:
  std::shared_ptr<const runtime::RouterPlan> plan_;
};

/// A router with routees of its own, all of class T and made with copies of the arguments:
///
///   auto workers = system.spawn(
///       "workers", pool<Worker>({.routees = 4, .strategy = least_loaded()}, database));
///
/// They are its children, named "1", "2" and so on. A routee that fails gets the directive that
/// `supervision` says; one that ends in another way is replaced by a new one of the same name. One
/// that stops, by itself or because it is told to, is so always, but for one that stops within 10
/// ms and was given no message: that, and one that is killed, is replaced only as often as the
/// limit of restarts allows. One that is lost, by that limit or because `supervision` says stop, is
/// an error in the log, which names the first, and once a second the last and how many there were;
/// a pool that has lost its last routee fails itself, so that its own supervisor restarts it with
/// new ones, or its watchers hear of its end. What an ended routee had
/// in its mailbox becomes dead letters. drain() of the pool drains them; stop() stops them. spawn()
/// throws `start_failed` where one of the first routees cannot be made, be it that its constructor
/// throws or that `options` are out of their range, and `invalid_setting` for no routees.
template <runtime::ActorType T, class... Args>
[[nodiscard]] auto pool(PoolSettings<typename T::Protocol> settings, Args&&... args) {
  using Protocol = typename T::Protocol;
  auto plan = runtime::RouterPlan::of(settings.strategy);
  plan.pool_size = settings.routees;
  plan.supervision = std::move(settings.supervision);
  plan.options = std::move(settings.options);
  plan.spawn = [arguments = std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...)](
                   Context& context, std::string_view name, SpawnOptions options) {
    return std::apply(
        [&](const auto&... values) -> Result<AnyRef> {
          auto made = context.try_spawn<T>(name, std::move(options), values...);
          if (!made.ok()) return std::move(made).error();
          return AnyRef(*made);
        },
        arguments);
  };
  return Router<Protocol>(std::move(plan));
}

/// A router to actors that exist, on this node or others:
///
///   auto stores = system.spawn("stores", group<Store::Protocol>({a, b, c}, round_robin()));
///
/// One that ends is taken out; none joins later. One that is given twice has two places. A group of
/// nobody may be spawned. The router's end does not end them, and drain() of it does not wait for
/// what they have to do.
template <class Protocol>
[[nodiscard]] Router<Protocol> group(std::vector<ActorRef<Protocol>> routees,
                                     RouterStrategy<Protocol> strategy = round_robin()) {
  auto plan = runtime::RouterPlan::of(strategy);
  plan.group.assign(routees.begin(), routees.end());
  return Router<Protocol>(std::move(plan));
}

/// A router to whoever is at `path`, such as "/user/store", of each member of the cluster that has
/// the role; see role.hpp. T is their class or protocol:
///
///   auto stores = system.spawn("stores", group<Store>(each(role("db")), "/user/store"));
///
/// The routees follow this node's view: those of a member that comes up come in, and those of one
/// that leaves, is down or cannot be reached at present go out; what is on its way to them then is
/// delivered or becomes dead letters, as any message. One that ends is taken out; whether somebody
/// is at its path again is looked at once a second, and when the view changes. That a member is
/// looked at where nobody is yet is found when that answers: a message may be sent there meanwhile,
/// and is refused as `no_such_actor`. A group of nobody may be spawned; its asks fail as
/// `no_such_actor`, which says who has the role. consistent_hash() takes the same member for a key
/// in the groups of all nodes. spawn() throws `node_unreachable` where the system is not that of a
/// member, `invalid_path` for a path with a node, and `start_failed` past 10,000 such groups.
template <class T>
[[nodiscard]] auto group(
    EachNode nodes, std::string path,
    RouterStrategy<typename runtime::NamedProtocol<T>::Type> strategy = round_robin()) {
  auto plan = runtime::RouterPlan::of(strategy);
  plan.role_group.emplace(std::move(nodes.role), std::move(path));
  return Router<typename runtime::NamedProtocol<T>::Type>(std::move(plan));
}

/// Of the runtime: what the functions spawn() for a Router call.
template <class Protocol>
[[nodiscard]] Result<ActorRef<Protocol>> spawn_router(runtime::SystemCore& core,
                                                      runtime::Cell& parent, std::string_view name,
                                                      const Router<Protocol>& router,
                                                      const SpawnOptions& options) {
  auto made = runtime::spawn_router(core, parent, name, router.plan(), options);
  if (!made.ok()) return std::move(made).error();
  return ActorRef<Protocol>(*made);
}

template <class Protocol>
Result<ActorRef<Protocol>> Context::try_spawn(std::string_view name, Router<Protocol> router,
                                              SpawnOptions options) {
  return spawn_router(*runtime::this_thread.core, cell(), name, router, options);
}

template <class Protocol>
ActorRef<Protocol> Context::spawn(std::string_view name, Router<Protocol> router,
                                  SpawnOptions options) {
  return try_spawn(name, std::move(router), std::move(options)).value();
}

}  // namespace troupe
