// EncodedFrame: one message, encoded by the thread that sends it before any lock is taken.
//
// It lies in the thread's own buffer, behind the head of a frame of the large lane: a large message
// leaves as this frame, without being copied; a small one is copied into the link's batch.
#pragma once

#include <troupe/actor/ports/envelope.hpp>
#include <troupe/transport/frame/frame.hpp>
#include <utility>
#include <vector>

namespace troupe::transport {

/// The thread's buffer, while no message is encoded.
inline thread_local wire::Writer spare_frame;

/// Actors of this node, whose refs are in one message: some more than once, and of very many the
/// first.
using ActorsMet = std::vector<runtime::ActorId>;
inline constexpr std::size_t actors_met_max = 1'024;

/// Where the actors go whose refs this thread encodes; null where nobody wants to know.
inline thread_local ActorsMet* actors_met = nullptr;

/// Owner only, on one thread.
class EncodedFrame {
 public:
  explicit EncodedFrame(wire::RefPort& refs) : frame_(std::move(spare_frame)) {
    frame_.clear();
    frame_.set_ref_port(&refs);
    frame_.append_room(large_head_bytes);
  }
  /// What take() and take_met() have returned.
  EncodedFrame(wire::Writer frame, ActorsMet met) noexcept
      : frame_(std::move(frame)), met_(std::move(met)) {}
  ~EncodedFrame() {
    if (frame_.size() <= kept_bytes_max) spare_frame = std::move(frame_);
  }
  EncodedFrame(const EncodedFrame&) = delete;
  EncodedFrame& operator=(const EncodedFrame&) = delete;

  /// Where the message is to be appended.
  [[nodiscard]] wire::Writer& writer() noexcept { return frame_; }
  /// Takes back what was appended.
  void restart() {
    frame_.truncate(large_head_bytes);
    met_.clear();
  }

  /// Those whose refs were appended, see Meeting.
  [[nodiscard]] const ActorsMet& met() const noexcept { return met_; }
  [[nodiscard]] ActorsMet take_met() noexcept { return std::move(met_); }

  /// While it lives, the actors whose refs this thread encodes are those of the frame.
  class Meeting {
   public:
    explicit Meeting(EncodedFrame& frame) noexcept
        : before_(std::exchange(actors_met, &frame.met_)) {}
    ~Meeting() { actors_met = before_; }
    Meeting(const Meeting&) = delete;
    Meeting& operator=(const Meeting&) = delete;

   private:
    ActorsMet* const before_;
  };

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
  ActorsMet met_;
};

}  // namespace troupe::transport
