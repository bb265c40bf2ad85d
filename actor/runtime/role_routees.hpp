// RoleRoutees: who the routees of a group by role are: on each node that has the role, whoever is
// at the group's path. Pure: who has the role, and who is where, is told.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <troupe/actor/actor_path.hpp>
#include <troupe/actor/ref.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::runtime {

/// Owner only.
class RoleRoutees {
 public:
  /// Who is at the path of this node; a null ref for nobody.
  using Find = std::function<AnyRef(const NodeAddress&)>;

  struct Newcomer {
    AnyRef ref;
    NodeAddress node;
  };
  struct Changes {
    std::vector<AnyRef> gone;  ///< Of nodes that have the role no more.
    std::vector<Newcomer> come;
  };
  /// From now on these nodes have the role. Asks `find` of those where nobody was.
  [[nodiscard]] Changes follow(const std::vector<NodeAddress>& nodes, const Find& find);

  /// One of them has ended; the next follow() asks for who is at its node then.
  void lose(const AnyRef& ref);

  /// How many nodes have the role, and on how many of them nobody is known to be.
  [[nodiscard]] std::size_t nodes() const noexcept { return places_.size(); }
  [[nodiscard]] std::size_t missing() const noexcept { return places_.size() - at_.size(); }

 private:
  struct Place {
    AnyRef ref;
    std::uint64_t seen = 0;  // The number of the last follow() that named it.
  };

  std::unordered_map<std::string, Place> places_;  // By address.
  std::unordered_map<AnyRef, std::string> at_;     // The address of each that is there.
  std::uint64_t follows_ = 0;
};

}  // namespace troupe::runtime
