// DownOrders: lives of other nodes that users of this one have declared down, until the I/O thread
// carries that out.
#pragma once

#include <mutex>
#include <troupe/transport/node_identity.hpp>
#include <utility>
#include <vector>

namespace troupe::transport {

/// Any thread.
class DownOrders {
 public:
  /// Enters a life; of incarnation 0, whoever was expected there. The carrier is to be woken.
  void add(NodeIdentity life) {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(life));
  }
  /// Takes them all out, in the order in which they came.
  [[nodiscard]] std::vector<NodeIdentity> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(orders_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<NodeIdentity> orders_;
};

}  // namespace troupe::transport
