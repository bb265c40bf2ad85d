// ClusterOutbox: what the cluster layer has to tell one peer, until the control lane takes it. That
// is gossip, which tolerates loss and grows stale: past a limit the oldest go.
#pragma once

#include <cstddef>
#include <span>
#include <troupe/transport/frame/frame.hpp>
#include <troupe/wire/writer.hpp>
#include <utility>
#include <vector>

namespace troupe::transport {

/// I/O thread. Takes no memory before the first message.
class ClusterOutbox {
 public:
  static constexpr std::size_t messages_max = 64;
  static constexpr std::size_t bytes_max = std::size_t{256} << 10U;

  [[nodiscard]] bool empty() const noexcept { return messages_.empty(); }

  /// Puts a copy behind the others. Returns how many older ones had to go.
  [[nodiscard]] std::size_t push(std::span<const std::byte> message) {
    messages_.emplace_back(message.begin(), message.end());
    bytes_ += message.size();
    std::size_t gone = 0;
    while (gone + 1 < messages_.size() &&
           (messages_.size() - gone > messages_max || bytes_ > bytes_max)) {
      bytes_ -= messages_[gone++].size();
    }
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(gone));
    return gone;
  }

  /// Moves into the frame what it has room for, oldest first; one at least where it is empty yet.
  /// They are under way until note_sent().
  void take(wire::Writer& frame) {
    std::size_t taken = 0;
    for (const std::vector<std::byte>& message : messages_) {
      const std::size_t size = frame.size() + ClusterMessage::head_bytes + message.size();
      if (size > carried_bytes_max && frame.size() > frame_head_bytes) break;
      append(frame, ClusterMessage{message});
      bytes_ -= message.size();
      ++taken;
    }
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(taken));
    under_way_ += taken;
  }
  /// The frame has left.
  void note_sent() noexcept { under_way_ = 0; }

  /// Takes out what waits and is not under way, oldest first.
  [[nodiscard]] std::vector<std::vector<std::byte>> take_all() noexcept {
    bytes_ = 0;
    return std::exchange(messages_, {});
  }

  /// Returns how many have gone, those that were under way among them.
  std::size_t clear() noexcept { return take_all().size() + std::exchange(under_way_, 0); }

 private:
  std::vector<std::vector<std::byte>> messages_;  // Few, so taking the first ones out costs little.
  std::size_t bytes_ = 0;
  std::size_t under_way_ = 0;  // In a frame that has not left yet.
};

}  // namespace troupe::transport
