// Listing: who is enrolled under a key at one moment, in all of the cluster, as one node knows it.
// An immutable value: copies share what they show, and nothing changes behind them.
//
//   troupe::ListingOf<Orders> orders =
//   node.cluster().receptionist().find<Orders>("orders").value(); for (const auto& ref :
//   orders.reachable()) ref.tell(Order{...});
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <troupe/actor/ref.hpp>
#include <troupe/cluster/found_services.hpp>
#include <utility>
#include <vector>

namespace troupe {

using transport::NodeIdentity;

namespace cluster {

/// What a listing that is on its way to a subscriber shows is the newest when it is looked at
/// first.
class ShownServices {
 public:
  explicit ShownServices(std::shared_ptr<const FoundServices> found) noexcept;
  explicit ShownServices(std::shared_ptr<ListingSlot> slot) noexcept;
  ShownServices(const ShownServices& other);
  ShownServices(ShownServices&& other) noexcept;
  ShownServices& operator=(ShownServices other) noexcept;
  ~ShownServices();

  [[nodiscard]] const FoundServices& found() const;

 private:
  mutable std::shared_ptr<ListingSlot> slot_;
  mutable std::shared_ptr<const FoundServices> found_;
};

}  // namespace cluster

/// One actor that is enrolled.
template <class Protocol>
struct Service {
  ActorRef<Protocol> ref;
  NodeIdentity node;
  /// As the view has it: its node may be cut off, or be dead and not yet declared down.
  bool is_unreachable = false;
};

/// Any thread, but one object for one thread at a time.
template <class Protocol>
class Listing {
 public:
  static constexpr bool local_message = true;

  /// Of Receptionist.
  explicit Listing(cluster::ShownServices shown) noexcept : shown_(std::move(shown)) {}

  [[nodiscard]] const std::string& key() const { return shown_.found().key; }
  /// Grows with whatever changes in this node's listings, under this key or others.
  [[nodiscard]] std::uint64_t version() const { return shown_.found().version; }
  [[nodiscard]] std::size_t size() const { return shown_.found().services.size(); }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// How many are enrolled under the key that do not accept all messages of the protocol, so that
  /// they are not listed.
  [[nodiscard]] std::size_t misfits() const { return shown_.found().misfits; }

  /// All that are listed, in the same order on all nodes that know the same. A copy: linear.
  [[nodiscard]] std::vector<Service<Protocol>> services() const {
    std::vector<Service<Protocol>> all;
    all.reserve(size());
    for (const cluster::FoundService& found : shown_.found().services) {
      all.push_back({ActorRef<Protocol>(found.ref), found.node, found.is_unreachable});
    }
    return all;
  }
  /// Their refs; and those of members alone that can be reached.
  [[nodiscard]] std::vector<ActorRef<Protocol>> refs() const { return refs(true); }
  [[nodiscard]] std::vector<ActorRef<Protocol>> reachable() const { return refs(false); }

 private:
  [[nodiscard]] std::vector<ActorRef<Protocol>> refs(bool with_unreachable) const {
    std::vector<ActorRef<Protocol>> refs;
    for (const cluster::FoundService& found : shown_.found().services) {
      if (with_unreachable || !found.is_unreachable) refs.emplace_back(found.ref);
    }
    return refs;
  }

  cluster::ShownServices shown_;
};

/// A listing of actors of class T, as RefTo<T> is a ref to one. T may be a protocol, too.
template <class T>
using ListingOf = Listing<typename runtime::NamedProtocol<T>::Type>;

}  // namespace troupe
