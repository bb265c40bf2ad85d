#include <troupe/actor/event_stream.hpp>

#include <algorithm>
#include <iterator>

namespace troupe {

void EventStream::add(const runtime::MessageType& type, AnyRef subscriber) {
  const std::lock_guard lock(mutex_);
  Subscribers& all = by_type_[identity_of(type)];
  if (all.list.size() >= all.looked_at) remove_the_dead(all);
  if (!all.places.try_emplace(subscriber, all.list.size()).second) return;
  all.list.push_back(subscriber);
  counts_[slot_of(subscriber)].fetch_add(1, std::memory_order_seq_cst);
  if (!subscriber.is_remote() && !lives(subscriber)) remove_from(all, subscriber);
  if (all.list.empty()) by_type_.erase(identity_of(type));
  any_.store(!by_type_.empty(), std::memory_order_relaxed);
}

void EventStream::remove(const runtime::MessageType& type, AnyRef subscriber) {
  const std::lock_guard lock(mutex_);
  const auto entry = by_type_.find(identity_of(type));
  if (entry == by_type_.end()) return;
  remove_from(entry->second, subscriber);
  if (entry->second.list.empty()) by_type_.erase(entry);
  any_.store(!by_type_.empty(), std::memory_order_relaxed);
}

void EventStream::remove_from(Subscribers& subscribers, const AnyRef& subscriber) {
  const auto entry = subscribers.places.find(subscriber);
  if (entry == subscribers.places.end()) return;
  const std::size_t place = entry->second;
  subscribers.places.erase(entry);
  if (place + 1 != subscribers.list.size()) {
    subscribers.list[place] = subscribers.list.back();
    subscribers.places[subscribers.list[place]] = place;
  }
  subscribers.list.pop_back();
  counts_[slot_of(subscriber)].fetch_sub(1, std::memory_order_relaxed);
}

void EventStream::remove_the_dead(Subscribers& subscribers) {
  for (std::size_t place = subscribers.list.size(); place-- > 0;) {
    const AnyRef subscriber = subscribers.list[place];
    if (!subscriber.is_remote() && !lives(subscriber)) remove_from(subscribers, subscriber);
  }
  subscribers.looked_at = std::max<std::size_t>(16, 2 * subscribers.list.size());
}

void EventStream::forget_everywhere(const AnyRef& ended) noexcept {
  const std::lock_guard lock(mutex_);
  for (auto entry = by_type_.begin(); entry != by_type_.end();) {
    remove_from(entry->second, ended);
    entry = entry->second.list.empty() ? by_type_.erase(entry) : std::next(entry);
  }
  any_.store(!by_type_.empty(), std::memory_order_relaxed);
}

bool EventStream::has_any(const runtime::MessageType& type) const {
  const std::lock_guard lock(mutex_);
  return by_type_.contains(identity_of(type));
}

std::vector<AnyRef> EventStream::subscribers(const runtime::MessageType& type) const {
  const std::lock_guard lock(mutex_);
  const auto entry = by_type_.find(identity_of(type));
  if (entry == by_type_.end()) return {};
  return entry->second.list;
}

}  // namespace troupe
