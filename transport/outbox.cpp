#include <troupe/transport/frame.hpp>
#include <troupe/transport/outbox.hpp>
#include <utility>

namespace troupe::transport {

std::optional<ErrorCode> Outbox::full() const noexcept {
  if (bytes_ >= limits_.bytes_max || messages_ >= limits_.messages_max) {
    return ErrorCode::link_full;
  }
  return std::nullopt;
}

wire::Writer& Outbox::begin(wire::RefPort* port) {
  if (batches_.empty() || batches_.back().frame.size() >= batch_bytes) open_batch(port);
  wire::Writer& frame = batches_.back().frame;
  begun_at_ = frame.size();
  return frame;
}

std::optional<ErrorCode> Outbox::end() {
  Batch& batch = batches_.back();
  const std::size_t size = batch.frame.size() - begun_at_;
  if (size + frame_head_bytes > limits_.frame_bytes_max) {
    batch.frame.truncate(begun_at_);
    if (batch.messages == 0) batches_.pop_back();
    return ErrorCode::frame_too_large;
  }
  if (batch.frame.size() > limits_.frame_bytes_max) {  // Large, and needs a frame of its own.
    open_batch(batch.frame.ref_port());
    Batch& before = batches_[batches_.size() - 2];
    batches_.back().frame.write(before.frame.bytes().subspan(begun_at_));
    before.frame.truncate(begun_at_);
  }
  ++batches_.back().messages;
  ++messages_;
  bytes_ += size;
  return std::nullopt;
}

bool Outbox::take(Batch& batch) {
  batch.frame.clear();
  batch.messages = 0;
  if (spare_.data() == nullptr) std::swap(spare_, batch.frame);
  if (batches_.empty()) return false;
  batch = std::move(batches_.front());
  batches_.pop_front();
  messages_ -= batch.messages;
  bytes_ -= batch.frame.size() - frame_head_bytes;
  return true;
}

std::deque<Batch> Outbox::take_all() {
  bytes_ = messages_ = 0;
  return std::exchange(batches_, {});
}

void Outbox::open_batch(wire::RefPort* port) {
  batches_.emplace_back();
  wire::Writer& frame = batches_.back().frame;
  frame = std::move(spare_);
  frame.set_ref_port(port);
  begin_frame(frame);
}

}  // namespace troupe::transport
