// Receptionist: finds actors of a cluster by what they are for, wherever they run. A node enrolls
// its own actors under keys; all members know of it within moments, and forget who has ended.
//
//   cluster.receptionist().enroll("orders", orders);         // on as many nodes as you like
//   auto found = cluster.receptionist().find<Orders>("orders");
//   cluster.receptionist().subscribe<Orders>("orders", shop);  // its Protocol has Listing<...>
//
// What one node knows is what others have told it: listings of two nodes may differ for moments,
// and while the network is cut. So a ref in a listing may lead to an actor that has just ended.
#pragma once

#include <memory>
#include <string_view>
#include <troupe/base/result.hpp>
#include <troupe/cluster/listing.hpp>
#include <troupe/cluster/receptionist_counts.hpp>

namespace troupe {

namespace cluster {
class ServiceDesk;
}

/// Any thread, handlers too.
class Receptionist {
 public:
  /// Of Cluster.
  explicit Receptionist(std::shared_ptr<cluster::ServiceDesk> desk) noexcept;

  /// From now on the actor, which is one of this node's, is listed under the key on all members,
  /// here at once, as accepting the messages of this ref's type. Until it ends, across its
  /// restarts, or is withdrawn, or this life of the node is over. Several actors may be under one
  /// key, and one under several. Again: the protocol that was given last holds.
  ///
  /// Errors: `invalid_setting` for a key that has not 1 to 255 bytes, more than 100 types of
  /// messages, or an actor of another node or system; `limit_reached` past
  /// ClusterSettings::services_max entries of this node; `no_such_actor` for a null ref;
  /// `actor_stopped` where it has ended; `shutdown` where this node has left its cluster, and
  /// `node_down` where it is down.
  template <class Protocol>
  Result<void> enroll(std::string_view key, ActorRef<Protocol> actor) {
    return enroll(key, actor, cluster::accepted_messages<Protocol>);
  }
  /// Takes it back. Nothing for who is not enrolled under the key.
  void withdraw(std::string_view key, const AnyRef& actor);

  /// Whom this node knows under the key at this moment who accepts all messages of T, an actor
  /// class or a protocol: those of members that are not down, exiting or removed. Also before this
  /// node has joined a cluster: then its own. Empty where there is nobody under the key.
  ///
  /// Errors: `unknown_type` where there are some, and none of them accepts all of these messages:
  /// it names the first one that one of them does not; `limit_reached` where refs may name no more
  /// lives of nodes; and as enroll() for the key and the node.
  template <class T>
  [[nodiscard]] Result<ListingOf<T>> find(std::string_view key) const {
    auto found = find(key, wanted<T>());
    if (!found.ok()) return std::move(found).error();
    return ListingOf<T>(cluster::ShownServices(*std::move(found)));
  }

  /// Sends the actor, which is one of this node's, the newest listing now and whenever another one
  /// has come since it looked at the last: so none waits behind another, and the newest is never
  /// lost, not even at a full mailbox, in whose bounds it does not count. Until the actor ends or
  /// unsubscribes. Once this life of the node is over the listing is empty. Again: the newest once
  /// more, for who was started anew.
  /// Errors: `limit_reached` past subscriptions_max; else as enroll().
  template <class T>
  Result<void> subscribe(std::string_view key, ActorRef<Accepts<ListingOf<T>>> subscriber) {
    return subscribe(key, subscriber, form<T>());
  }
  /// Nothing for who is not subscribed. A listing that is on its way may still come.
  template <class T>
  void unsubscribe(std::string_view key, const AnyRef& subscriber) {
    unsubscribe(key, subscriber, form<T>());
  }
  static constexpr std::size_t subscriptions_max = 10'000;

  [[nodiscard]] ReceptionistCounts counts() const;

 private:
  template <class T>
  [[nodiscard]] static cluster::AcceptedMessages wanted() noexcept {
    return cluster::accepted_messages<typename runtime::NamedProtocol<T>::Type>;
  }
  template <class T>
  [[nodiscard]] static cluster::ListingForm form() noexcept {
    return {runtime::message_type<ListingOf<T>>.key, wanted<T>(),
            [](runtime::ActorId to, std::shared_ptr<cluster::ListingSlot> slot) {
              return runtime::make_envelope(runtime::Kind::notice, to, 0,
                                            ListingOf<T>(cluster::ShownServices(std::move(slot))));
            }};
  }

  Result<void> enroll(std::string_view key, const AnyRef& actor, cluster::AcceptedMessages accepts);
  [[nodiscard]] Result<std::shared_ptr<const cluster::FoundServices>> find(
      std::string_view key, cluster::AcceptedMessages wanted) const;
  Result<void> subscribe(std::string_view key, const AnyRef& subscriber,
                         const cluster::ListingForm& form);
  void unsubscribe(std::string_view key, const AnyRef& subscriber,
                   const cluster::ListingForm& form);

  std::shared_ptr<cluster::ServiceDesk> desk_;
};

}  // namespace troupe
