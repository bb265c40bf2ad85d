// Outbox: what waits to be sent on one lane in one session, encoded already, in batches.
//
// Senders append to the newest batch; the link takes the oldest whole. So a batch leaves at once
// when the link is idle, and grows while the link is busy. Not synchronised: the link has a lock.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <troupe/transport/lane.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::transport {

/// A frame that is ready to go.
struct Batch {
  wire::Writer frame;
  std::size_t messages = 0;  ///< Numbered ones.
  std::uint64_t after = 0;   ///< Large lane: not before the ordinary lane has come so far.
};

class Outbox {
 public:
  /// A batch that has reached this size is closed, and a new one begun.
  static constexpr std::size_t batch_bytes = 64U << 10U;

  explicit Outbox(Lane lane) noexcept : lane_(lane) {}

  /// Appends a message that is numbered.
  void append(std::span<const std::byte> message);

  /// Where a message that is not numbered is to be appended.
  [[nodiscard]] wire::Writer& frame_for_note();

  /// Takes a frame, with its head, that holds one message which is numbered.
  void append_frame(wire::Writer frame, std::uint64_t after);

  /// Takes a batch of another outbox's of this lane, of which nothing has left.
  void adopt(Batch batch);

  /// The oldest batch, to be looked at; null when there is none.
  [[nodiscard]] const Batch* front() const noexcept {
    return batches_.empty() ? nullptr : &batches_.front();
  }

  /// Takes the oldest batch in exchange for `batch`, whose memory is used again. False when there
  /// is none.
  [[nodiscard]] bool take(Batch& batch);

  /// Takes everything, and begins to number from 0 for the next session.
  [[nodiscard]] std::deque<Batch> end_session();

  [[nodiscard]] bool empty() const noexcept { return batches_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t messages() const noexcept { return accepted_ - taken_; }
  /// Numbered messages that were appended, and those that were taken, in this session.
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

 private:
  void open_batch();

  Lane lane_;
  std::deque<Batch> batches_;
  wire::Writer spare_;
  std::size_t bytes_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace troupe::transport
