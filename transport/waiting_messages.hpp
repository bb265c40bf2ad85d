// WaitingMessages: what is encoded already and waits until there is room on its link.
//
// Its senders wait for it, or have sent something before that waits. So each message waits behind
// all that are here of the same sender for the same target, and overtakes none.
#pragma once

#include <algorithm>
#include <deque>
#include <troupe/actor/runtime/future_state.hpp>
#include <troupe/transport/frame.hpp>
#include <troupe/transport/outbox.hpp>

namespace troupe::transport {

struct WaitingMessage {
  wire::Writer frame;  ///< An EncodedFrame's.
  std::uint64_t incarnation = 0;
  const runtime::MessageType* type = nullptr;
  runtime::ActorId sender = 0;
  Target target;         ///< Its path lives as long as the process.
  std::size_t part = 0;  ///< Where a tell's part begins in its message; 0 for an ask.
  runtime::FutureState<void>* sent = nullptr;  ///< A reference; null where nobody waits.
};

/// Not synchronised: the link has a lock.
class WaitingMessages {
 public:
  void push(WaitingMessage message) {
    bytes_ += message.frame.size();
    messages_.push_back(std::move(message));
  }
  [[nodiscard]] WaitingMessage pop() {
    WaitingMessage message = std::move(messages_.front());
    messages_.pop_front();
    bytes_ -= message.frame.size();
    return message;
  }
  [[nodiscard]] std::deque<WaitingMessage> take_all() {
    bytes_ = 0;
    return std::exchange(messages_, {});
  }

  /// Whether something of this sender for this target is here. Linear in what is here.
  [[nodiscard]] bool has(runtime::ActorId sender, const Target& target) const noexcept {
    return std::ranges::any_of(messages_, [&](const WaitingMessage& message) {
      return message.sender == sender && message.target.actor == target.actor &&
             message.target.path.data() == target.path.data();
    });
  }

  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return messages_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::deque<WaitingMessage> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace troupe::transport
