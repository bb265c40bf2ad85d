#include <troupe/transport/system_stream.hpp>

#include <utility>

namespace troupe::transport {

bool SystemStream::push(std::vector<std::byte> bytes, TimePoint now) {
  if (messages_.size() >= waiting_max_) return false;
  messages_.push_back({++last_number_, now, std::move(bytes)});
  return true;
}

const SystemMessage* SystemStream::peek() const {
  return has_unsent() ? &messages_[sent_] : nullptr;
}

const SystemMessage* SystemStream::next() { return has_unsent() ? &messages_[sent_++] : nullptr; }

bool SystemStream::acknowledge(std::uint64_t number) {
  if (number > last_number_) return false;
  while (!messages_.empty() && messages_.front().number <= number) {
    messages_.pop_front();
    if (sent_ > 0) --sent_;
  }
  return true;
}

}  // namespace troupe::transport
