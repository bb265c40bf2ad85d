// Outbox: what waits to be sent to one peer, encoded already, in batches.
//
// Senders append to the newest batch; the link takes the oldest whole. So a batch leaves at once
// when the link is idle, and grows while the link is busy. Not synchronised: the link has a lock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <troupe/base/error.hpp>
#include <troupe/wire/writer.hpp>

namespace troupe::transport {

struct OutboxLimits {
  std::size_t bytes_max;
  std::size_t messages_max;
  std::size_t frame_bytes_max;
};

/// A frame that is ready to go.
struct Batch {
  wire::Writer frame;
  std::size_t messages = 0;
};

class Outbox {
 public:
  /// A batch that has reached this size is closed, and a new one begun.
  static constexpr std::size_t batch_bytes = 64U << 10U;

  explicit Outbox(const OutboxLimits& limits) noexcept : limits_(limits) {}

  /// Why there is no room for another message: `link_full`; none if there is.
  [[nodiscard]] std::optional<ErrorCode> full() const noexcept;

  /// Where the next message is to be appended; the refs in it go through `port`.
  [[nodiscard]] wire::Writer& begin(wire::RefPort* port);

  /// What begin() returned.
  [[nodiscard]] wire::Writer& current() noexcept { return batches_.back().frame; }

  /// Takes what was appended since begin(). A message that no frame can hold is taken back:
  /// `frame_too_large`.
  [[nodiscard]] std::optional<ErrorCode> end();

  /// Takes the oldest batch in exchange for `batch`, whose memory is used again. False when there
  /// is none.
  [[nodiscard]] bool take(Batch& batch);

  /// Takes everything.
  [[nodiscard]] std::deque<Batch> take_all();

  [[nodiscard]] bool empty() const noexcept { return batches_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t messages() const noexcept { return messages_; }

 private:
  void open_batch(wire::RefPort* port);

  OutboxLimits limits_;
  std::deque<Batch> batches_;
  wire::Writer spare_;
  std::size_t begun_at_ = 0;
  std::size_t bytes_ = 0;
  std::size_t messages_ = 0;
};

}  // namespace troupe::transport
