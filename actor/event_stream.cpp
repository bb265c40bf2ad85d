#include <troupe/actor/event_stream.hpp>

#include <algorithm>

namespace troupe {

void EventStream::add(const runtime::MessageType* type, AnyRef subscriber) {
  const std::lock_guard lock(mutex_);
  std::vector<AnyRef>& list = subscribers_[type];
  if (std::ranges::find(list, subscriber) == list.end()) list.push_back(subscriber);
  any_.store(true, std::memory_order_relaxed);
}

void EventStream::remove(const runtime::MessageType* type, AnyRef subscriber) {
  const std::lock_guard lock(mutex_);
  const auto entry = subscribers_.find(type);
  if (entry == subscribers_.end()) return;
  std::erase(entry->second, subscriber);
  if (entry->second.empty()) subscribers_.erase(entry);
  any_.store(!subscribers_.empty(), std::memory_order_relaxed);
}

std::vector<AnyRef> EventStream::subscribers(const runtime::MessageType* type) const {
  const std::lock_guard lock(mutex_);
  const auto entry = subscribers_.find(type);
  if (entry == subscribers_.end()) return {};
  return entry->second;
}

}  // namespace troupe
