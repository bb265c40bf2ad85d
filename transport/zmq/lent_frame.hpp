// LentFrame: a frame whose bytes are sent from where they are, and given back by another thread.
#pragma once

#include <atomic>
#include <troupe/base/hand_over.hpp>
#include <troupe/wire/writer.hpp>
#include <utility>

namespace troupe::transport {

struct LentFrame {
  explicit LentFrame(wire::Writer bytes) noexcept : frame(std::move(bytes)) {}

  wire::Writer frame;
  /// Orders the lending before the return. ZeroMQ does that too, where no sanitizer sees it.
  std::atomic<bool> is_lent{false};
};

/// What ZeroMQ calls once it does not need the bytes any more.
inline void give_back(void* /*bytes*/, void* lent) noexcept {
  auto* frame = static_cast<LentFrame*>(lent);
  static_cast<void>(frame->is_lent.load(std::memory_order_acquire));
  sees(&frame->is_lent);
  delete frame;
}

}  // namespace troupe::transport
