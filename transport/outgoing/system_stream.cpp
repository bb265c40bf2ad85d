#include <troupe/transport/outgoing/system_stream.hpp>

#include <algorithm>
#include <utility>

namespace troupe::transport {
/// Takes out those of which `is_out` is true.
template <class IsOut>
std::vector<SystemMessage> SystemStream::take_if(const IsOut& is_out) {
  std::vector<SystemMessage> taken;
  std::deque<SystemMessage> kept;
  for (SystemMessage& message : messages_) {
    if (is_out(message)) {
      bytes_ -= message.bytes.size();
      taken.push_back(std::move(message));
    } else {
      kept.push_back(std::move(message));
    }
  }
  messages_ = std::move(kept);
  return taken;
}

void SystemStream::push(std::vector<std::byte> bytes, TimePoint now, const PeerEpoch& life,
                        bool is_withdrawable) {
  bytes_ += bytes.size();
  messages_.push_back({0, now, life, std::move(bytes), is_withdrawable});
}

std::vector<SystemMessage> SystemStream::meet(const PeerEpoch& life, TimePoint now) {
  std::vector<SystemMessage> out;
  if (partner_.is_any() && partner_ != life) out = lose(PeerEpoch(partner_), now);
  partner_ = life;
  for (SystemMessage& message : take_if([&](const SystemMessage& one) {
         return one.number == 0 && one.life.is_any() && one.life != life;
       })) {
    out.push_back(std::move(message));
  }
  return out;
}

std::vector<SystemMessage> SystemStream::lose(const PeerEpoch& life, TimePoint now) {
  const bool is_partner = partner_ == life;
  auto out = take_if([&](const SystemMessage& one) {
    return one.life == life || (is_partner && one.number != 0);
  });
  if (!is_partner) return out;
  begin_anew();
  for (SystemMessage& message : messages_) message.since = now;
  return out;
}

std::vector<SystemMessage> SystemStream::withdraw() {
  return take_if([](const SystemMessage& one) { return one.is_withdrawable && one.number == 0; });
}

std::vector<SystemMessage> SystemStream::cut_longer_than(
    std::size_t bytes_max, const std::function<void(std::vector<std::byte>&)>& cut) {
  const auto is_longer = [&](const SystemMessage& one) {
    return one.number == 0 && one.bytes.size() > bytes_max;
  };
  if (std::ranges::none_of(messages_, is_longer)) return {};
  for (SystemMessage& message : messages_) {
    if (!is_longer(message)) continue;
    bytes_ -= message.bytes.size();
    cut(message.bytes);
    bytes_ += message.bytes.size();
  }
  return take_if(is_longer);
}

const SystemMessage* SystemStream::peek() const {
  return has_unsent() ? &messages_[sent_] : nullptr;
}

const SystemMessage* SystemStream::next() {
  if (!has_unsent()) return nullptr;
  SystemMessage& message = messages_[sent_++];
  if (message.number == 0) message.number = ++last_number_;
  return &message;
}

bool SystemStream::acknowledge(std::uint64_t number) {
  if (number > last_number_) return false;
  while (!messages_.empty() && messages_.front().number != 0 &&
         messages_.front().number <= number) {
    bytes_ -= messages_.front().bytes.size();
    messages_.pop_front();
    if (sent_ > 0) --sent_;
  }
  return true;
}

}  // namespace troupe::transport
