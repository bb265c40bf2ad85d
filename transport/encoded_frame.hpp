// EncodedFrame: one message, encoded by the thread that sends it before any lock is taken.
//
// It lies in the thread's own buffer, behind the head of a frame of the large lane: a large message
// leaves as this frame, without being copied; a small one is copied into the link's batch.
#pragma once

#include <troupe/transport/frame.hpp>
#include <utility>

namespace troupe::transport {

/// The thread's buffer, while no message is encoded.
inline thread_local wire::Writer spare_frame;

/// Owner only, on one thread.
class EncodedFrame {
 public:
  explicit EncodedFrame(wire::RefPort& refs) noexcept : frame_(std::move(spare_frame)) {
    frame_.clear();
    frame_.set_ref_port(&refs);
    frame_.append_room(large_head_bytes);
  }
  /// What take() has returned.
  explicit EncodedFrame(wire::Writer frame) noexcept : frame_(std::move(frame)) {}
  ~EncodedFrame() {
    if (frame_.size() <= kept_bytes_max) spare_frame = std::move(frame_);
  }
  EncodedFrame(const EncodedFrame&) = delete;
  EncodedFrame& operator=(const EncodedFrame&) = delete;

  /// Where the message is to be appended.
  [[nodiscard]] wire::Writer& writer() noexcept { return frame_; }
  /// Takes back what was appended.
  void restart() { frame_.truncate(large_head_bytes); }

  /// The message alone.
  [[nodiscard]] std::span<const std::byte> message() const noexcept {
    return frame_.bytes().subspan(large_head_bytes);
  }
  /// Of the whole frame.
  [[nodiscard]] std::size_t size() const noexcept { return frame_.size(); }

  /// The frame, whose message is to wait for this position of the ordinary lane.
  [[nodiscard]] wire::Writer take(std::uint64_t after) {
    write_large_head(frame_, after);
    return std::move(frame_);
  }

 private:
  /// A buffer that has grown past this is not kept.
  static constexpr std::size_t kept_bytes_max = std::size_t{1} << 20U;

  wire::Writer frame_;
};

}  // namespace troupe::transport
