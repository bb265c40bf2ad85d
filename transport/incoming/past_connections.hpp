// PastConnections: connections of others that are not listened to any more, as their session is
// over or none was begun, while frames of theirs may still be under way. Such a frame is late, and
// no stranger's. Bounded: the one that was entered first is forgotten, and is a stranger's again.
#pragma once

#include <deque>
#include <string>
#include <troupe/transport/carrier.hpp>
#include <unordered_map>
#include <utility>

namespace troupe::transport {

/// Owner only.
class PastConnections {
 public:
  static constexpr std::size_t remembered_max = 4'096;

  enum class Cause : std::uint8_t {
    next_session,  ///< Their session is over, and another of the node's is welcome.
    life_ended,    ///< That life of their node is over.
    refused,       ///< Their hello was refused or waits to be checked, or their key is distrusted.
  };

  struct Past {
    Cause cause;
    std::string life;  ///< That has ended, as NodeIdentity::to_string(); else empty.
  };

  void add(const ConnectionId& connection, Cause cause, std::string life = {}) {
    const auto [entry, is_new] = pasts_.insert_or_assign(connection, Past{cause, std::move(life)});
    if (!is_new) return;
    order_.push_back(connection);
    if (order_.size() <= remembered_max) return;
    pasts_.erase(order_.front());
    order_.pop_front();
  }

  /// Why the connection is over; null where it is not known to be.
  [[nodiscard]] const Past* find(const ConnectionId& connection) const {
    const auto known = pasts_.find(connection);
    return known != pasts_.end() ? &known->second : nullptr;
  }

 private:
  std::unordered_map<ConnectionId, Past> pasts_;
  std::deque<ConnectionId> order_;
};

}  // namespace troupe::transport
