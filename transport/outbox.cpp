#include <troupe/transport/frame.hpp>
#include <troupe/transport/outbox.hpp>
#include <utility>

namespace troupe::transport {

void Outbox::append(std::span<const std::byte> message) {
  wire::Writer& frame = frame_for_note();
  frame.write(message);
  ++batches_.back().messages;
  ++accepted_;
  bytes_ += message.size();
}

void Outbox::append_tell(const TellHead& head, std::span<const std::byte> message,
                         std::size_t part) {
  const bool joins = last_tell_begun_ != 0 && !batches_.empty() &&
                     batches_.back().frame.size() < batch_bytes && head == last_tell_;
  if (joins) {
    Batch& batch = batches_.back();
    batch.frame.write(message.subspan(part));
    end_message(batch.frame, last_tell_begun_);
    ++batch.messages;
    ++accepted_;
    bytes_ += message.size() - part;
  } else {
    append(message);
    last_tell_ = head;
    last_tell_begun_ = batches_.back().frame.size() - message.size();
  }
}

wire::Writer& Outbox::frame_for_note() {
  last_tell_begun_ = 0;
  if (batches_.empty() || batches_.back().frame.size() >= batch_bytes) open_batch();
  return batches_.back().frame;
}

void Outbox::append_frame(wire::Writer frame, std::uint64_t after) {
  set_first(frame, accepted_);
  bytes_ += frame.size();
  ++accepted_;
  batches_.push_back({std::move(frame), 1, after});
}

void Outbox::adopt(Batch batch) {
  last_tell_begun_ = 0;
  set_first(batch.frame, accepted_);
  accepted_ += batch.messages;
  bytes_ += batch.frame.size();
  batches_.push_back(std::move(batch));
}

bool Outbox::take(Batch& batch) {
  batch.frame.clear();
  batch.messages = 0;
  if (spare_.data() == nullptr) std::swap(spare_, batch.frame);
  if (batches_.empty()) return false;
  if (batches_.size() == 1) last_tell_begun_ = 0;
  batch = std::move(batches_.front());
  batches_.pop_front();
  taken_ += batch.messages;
  bytes_ = batches_.empty() ? 0 : bytes_ - std::min(bytes_, batch.frame.size());
  return true;
}

std::deque<Batch> Outbox::end_session() {
  bytes_ = 0;
  accepted_ = taken_ = 0;
  last_tell_begun_ = 0;
  return std::exchange(batches_, {});
}

void Outbox::open_batch() {
  batches_.emplace_back();
  wire::Writer& frame = batches_.back().frame;
  frame = std::move(spare_);
  begin_frame(frame, lane_, accepted_);
}

}  // namespace troupe::transport
