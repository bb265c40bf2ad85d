#include <troupe/testkit/frame_stream.hpp>

#include <algorithm>
#include <utility>

namespace troupe::testkit {

void FrameStream::send(std::span<const std::byte> frame, TimePoint at) {
  if (has_ended_) return;
  last_ = std::max(last_, at);
  put(last_, {Arrival::Kind::frame, {frame.begin(), frame.end()}});
}

void FrameStream::repeat(std::span<const std::byte> frame, TimePoint at) {
  if (has_ended_) return;
  put(std::max(last_, at), {Arrival::Kind::repetition, {frame.begin(), frame.end()}});
}

void FrameStream::end(TimePoint at) {
  if (std::exchange(has_ended_, true)) return;
  last_ = std::max(last_, at);
  under_way_.erase(under_way_.upper_bound(last_), under_way_.end());
  put(last_, {Arrival::Kind::end});
}

void FrameStream::release(TimePoint at) {
  held_ = false;
  auto late = std::exchange(under_way_, {});
  for (auto& [time, arrival] : late) put(std::max(time, at), std::move(arrival));
  last_ = std::max(last_, at);
}

void FrameStream::silence() {
  silent_ = true;
  under_way_.clear();
}

void FrameStream::keep_first(std::size_t count) {
  if (count >= under_way_.size()) return;
  under_way_.erase(std::next(under_way_.begin(), static_cast<std::ptrdiff_t>(count)),
                   under_way_.end());
}

FrameStream::Arrival FrameStream::take() {
  return std::move(under_way_.extract(under_way_.begin()).mapped());
}

void FrameStream::put(TimePoint at, Arrival arrival) {
  if (!silent_) under_way_.emplace(at, std::move(arrival));
}

}  // namespace troupe::testkit
