// Outbox: what waits to be sent on one lane in one session, encoded already, in batches.
//
// Senders append to the newest batch; the link takes the oldest whole. So a batch leaves at once
// when the link is idle, and grows while the link is busy. What throws std::bad_alloc has appended
// nothing. Not synchronised: the link has a lock.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <troupe/transport/frame/lane.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::transport {

/// A frame that is ready to go.
struct Batch {
  wire::Writer frame;
  std::size_t messages = 0;  ///< Numbered ones.
  std::uint64_t after = 0;   ///< Large lane: not before the ordinary lane has come so far.
};

/// What tells have in common that travel as parts of one.
struct TellHead {
  std::uint64_t sender = 0;
  std::uint64_t type_key = 0;
  std::uint64_t actor = 0;
  std::string_view path;  ///< Where `actor` is 0.
};

class Outbox {
 public:
  /// A batch that has reached this size is closed, and a new one begun.
  static constexpr std::size_t batch_bytes = 64U << 10U;

  /// No frame gets longer than `frame_bytes_max`, of messages that are not themselves.
  Outbox(Lane lane, std::size_t frame_bytes_max) : lane_(lane), frame_bytes_max_(frame_bytes_max) {}

  /// Appends a message that is numbered.
  void append(std::span<const std::byte> message);

  /// Appends a tell of one part, which begins at `part` bytes. Where the tell before it has the
  /// same head and nothing came between them, it becomes a part of that one.
  void append_tell(const TellHead& head, std::span<const std::byte> message, std::size_t part);

  /// Appends a message that is not numbered.
  void append_note(std::span<const std::byte> note);

  /// Takes a frame, with its head, that holds one message which is numbered.
  void append_frame(wire::Writer frame, std::uint64_t after);

  /// Takes out the frames that are longer, each of one message, which keeps its number.
  [[nodiscard]] std::deque<Batch> withdraw_longer_than(std::size_t bytes);

  /// Takes a batch of another outbox's of this lane, of which nothing has left.
  void adopt(Batch batch);

  /// The oldest batch, to be looked at; null when there is none.
  [[nodiscard]] const Batch* front() const noexcept {
    return batches_.empty() ? nullptr : &batches_.front();
  }

  /// Takes the oldest batch in exchange for `batch`, whose memory is used again. False when there
  /// is none.
  [[nodiscard]] bool take(Batch& batch);

  /// Frees the memory that is kept for the next batch, where nothing has come since the last call.
  /// True where that is so.
  bool free_idle() noexcept;

  /// Takes everything, and begins to number from 0 for the next session.
  [[nodiscard]] std::deque<Batch> end_session();

  [[nodiscard]] bool empty() const noexcept { return batches_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t messages() const noexcept { return accepted_ - taken_; }
  /// Numbered messages that were appended, and those that were taken, in this session.
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

 private:
  [[nodiscard]] bool newest_has_room(std::size_t bytes) const noexcept;
  void append_bytes(std::span<const std::byte> message);

  Lane lane_;
  std::size_t frame_bytes_max_;
  std::deque<Batch> batches_;
  [[nodiscard]] bool is_like_last(const TellHead& head) const noexcept {
    return head.sender == last_tell_.sender && head.type_key == last_tell_.type_key &&
           head.actor == last_tell_.actor && head.path == last_path_;
  }

  TellHead last_tell_;     // Its path is the next.
  std::string last_path_;  // Of its own: paths are forgotten, and their memory is used again.
  std::size_t last_tell_begun_ = 0;  // In the newest batch, when nothing came behind it; else 0.
  wire::Writer spare_;
  std::size_t bytes_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t seen_idle_ = 0;  // What had been accepted at the last free_idle().
};

}  // namespace troupe::transport
