#include <troupe/actor/runtime/watcher_list.hpp>

#include <algorithm>

namespace troupe::runtime {

std::size_t WatcherList::find(const AnyRef& watcher) const {
  if (index_.empty()) {
    return static_cast<std::size_t>(std::ranges::find(places_, watcher) - places_.begin());
  }
  const auto entry = index_.find(watcher);
  return entry != index_.end() ? entry->second : places_.size();
}

void WatcherList::add(const AnyRef& watcher) {
  if (find(watcher) != places_.size()) return;
  places_.push_back(watcher);
  ++size_;
  if (!index_.empty()) {
    index_.emplace(watcher, places_.size() - 1);
  } else if (places_.size() > searched_max) {
    compact();
  }
}

void WatcherList::remove(const AnyRef& watcher) {
  const std::size_t place = find(watcher);
  if (place == places_.size()) return;
  places_[place] = AnyRef();
  index_.erase(watcher);
  --size_;
  if (places_.size() > searched_max && size_ <= places_.size() / 2) compact();
}

void WatcherList::compact() {
  std::erase_if(places_, [](const AnyRef& watcher) { return !watcher; });
  index_.clear();
  if (places_.size() <= searched_max) return;
  for (std::size_t place = 0; place < places_.size(); ++place)
    index_.emplace(places_[place], place);
}

}  // namespace troupe::runtime
