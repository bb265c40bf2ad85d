// NodeCarrier: the carrier of one node, as the node's parts share it: they are made before it is
// there.
#pragma once

#include <troupe/transport/carrier.hpp>

namespace troupe::transport {

/// I/O thread, but for open().
class NodeCarrier {
 public:
  /// Before the node's first event, and from then on for as long as the node lives.
  void open(Carrier& carrier) noexcept { carrier_ = &carrier; }
  /// Of a node that was never opened nothing has been sent, and nothing has come.
  [[nodiscard]] bool is_open() const noexcept { return carrier_ != nullptr; }

  /// Since open().
  [[nodiscard]] Carrier* operator->() const noexcept { return carrier_; }

 private:
  Carrier* carrier_ = nullptr;
};

}  // namespace troupe::transport
