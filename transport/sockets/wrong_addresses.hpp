// WrongAddresses: the addresses at which somebody answered who was not the node that was dialled,
// so that the next dial of that node begins with another of its host's. Pure. Bounded: the node
// that was noted first is forgotten.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <troupe/transport/sockets/dial_plan.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::transport {

/// Owner only.
class WrongAddresses {
 public:
  /// Nodes that are remembered.
  static constexpr std::size_t nodes_max = 1'000;

  /// Somebody else answered for this node at this address of its host.
  void note(const std::string& node, const std::string& address) {
    const auto [entry, is_new] = noted_.try_emplace(node);
    if (is_new) order_.push_back(node);
    std::vector<std::string>& addresses = entry->second;
    std::erase(addresses, address);
    addresses.push_back(address);
    if (addresses.size() > DialPlan::addresses_max) addresses.erase(addresses.begin());
    if (order_.size() <= nodes_max) return;
    noted_.erase(order_.front());
    order_.pop_front();
  }

  /// Puts those that were noted behind the others, the last one last; leaves the order else. So a
  /// host whose addresses have all been wrong has each tried in turn.
  void put_last(const std::string& node, std::vector<std::string>& addresses) const {
    const auto entry = noted_.find(node);
    if (entry == noted_.end()) return;
    for (const std::string& wrong : entry->second) {
      const std::size_t found = std::erase(addresses, wrong);
      addresses.insert(addresses.end(), found, wrong);
    }
  }

 private:
  std::unordered_map<std::string, std::vector<std::string>> noted_;  // The last one last.
  std::deque<std::string> order_;
};

}  // namespace troupe::transport
