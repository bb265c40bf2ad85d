#include <troupe/transport/outgoing/outbox.hpp>

#include <troupe/transport/frame/frame.hpp>
#include <utility>

namespace troupe::transport {

void Outbox::append(std::span<const std::byte> message) {
  append_bytes(message);
  ++batches_.back().messages;
  ++accepted_;
  bytes_ += message.size();
}

void Outbox::append_tell(const TellHead& head, std::span<const std::byte> message,
                         std::size_t part) {
  const std::size_t added = message.size() - part;
  if (last_tell_begun_ != 0 && newest_has_room(added) && is_like_last(head)) {
    Batch& batch = batches_.back();
    batch.frame.write(message.subspan(part));
    end_message(batch.frame, last_tell_begun_);
    ++batch.messages;
    ++accepted_;
    bytes_ += added;
  } else {
    last_tell_begun_ = 0;
    last_path_ = head.path;
    append(message);
    last_tell_ = {head.sender, head.type_key, head.actor, {}};
    last_tell_begun_ = batches_.back().frame.size() - message.size();
  }
}

void Outbox::append_note(std::span<const std::byte> note) { append_bytes(note); }

bool Outbox::newest_has_room(std::size_t bytes) const noexcept {
  if (batches_.empty()) return false;
  const std::size_t size = batches_.back().frame.size();
  return size < batch_bytes && size + bytes <= frame_bytes_max_;
}

/// To the newest batch, or a new one.
void Outbox::append_bytes(std::span<const std::byte> message) {
  last_tell_begun_ = 0;
  if (!newest_has_room(message.size())) {
    Batch batch;
    batch.frame = std::move(spare_);
    begin_frame(batch.frame, lane_, accepted_);
    batch.frame.reserve(batch.frame.size() + message.size());  // None is left without a message.
    batches_.push_back(std::move(batch));
  }
  batches_.back().frame.write(message);
}

void Outbox::append_frame(wire::Writer frame, std::uint64_t after) {
  set_first(frame, accepted_);
  const std::size_t bytes = frame.size();
  batches_.push_back({std::move(frame), 1, after});
  bytes_ += bytes;
  ++accepted_;
}

std::deque<Batch> Outbox::withdraw_longer_than(std::size_t bytes) {
  std::deque<Batch> longer;
  for (Batch& batch : batches_) {
    if (batch.frame.size() <= bytes) continue;
    bytes_ -= batch.frame.size();
    Batch note;
    note.messages = 1;
    note.after = batch.after;
    const std::uint64_t number = FrameReader(batch.frame.bytes(), SIZE_MAX).first();
    longer.push_back(std::exchange(batch, std::move(note)));
    begin_frame(batch.frame, lane_, number);
    transport::append(batch.frame, Withdrawn{});
    bytes_ += batch.frame.size();
  }
  return longer;
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

bool Outbox::free_idle() noexcept {
  const bool is_idle = std::exchange(seen_idle_, accepted_) == accepted_ && batches_.empty();
  if (is_idle) spare_ = wire::Writer();
  return is_idle;
}

std::deque<Batch> Outbox::end_session() {
  bytes_ = 0;
  accepted_ = taken_ = 0;
  last_tell_begun_ = 0;
  return std::exchange(batches_, {});
}

}  // namespace troupe::transport
