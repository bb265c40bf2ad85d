// DownOrders: lives of other nodes that others than the links have declared over, until the I/O
// thread carries that out.
#pragma once

#include <mutex>
#include <string>
#include <troupe/transport/identity/ended_lives.hpp>
#include <troupe/transport/node_identity.hpp>
#include <utility>
#include <vector>

namespace troupe::transport {

/// That a life is over: of incarnation 0, whoever was expected there.
struct DownOrder {
  NodeIdentity life;
  std::string reason = "it was declared down";
  EndedLives::Cause cause = EndedLives::Cause::declared_down;
  bool is_ports = false;  ///< The cluster's port has said so; else a member's end is its to say.
};

/// Any thread.
class DownOrders {
 public:
  /// The carrier is to be woken.
  void add(DownOrder order) {
    const std::lock_guard lock(mutex_);
    orders_.push_back(std::move(order));
  }
  /// Takes them all out, in the order in which they came.
  [[nodiscard]] std::vector<DownOrder> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(orders_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<DownOrder> orders_;
};

}  // namespace troupe::transport
