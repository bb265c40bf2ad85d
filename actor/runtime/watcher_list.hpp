// WatcherList: who is told of an actor's end, in the order in which they asked.
//
// A few are searched; of many a table knows the places, so that each comes and goes in constant
// time.
#pragma once

#include <cstdint>
#include <troupe/actor/ref.hpp>
#include <unordered_map>
#include <vector>

namespace troupe::runtime {

/// Owner only.
class WatcherList {
 public:
  /// Adds a watcher; nothing for one that is there.
  void add(const AnyRef& watcher);
  /// Takes one out, if it is there.
  void remove(const AnyRef& watcher);

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  template <class F>
  void for_each(F function) const {
    for (const AnyRef& watcher : places_) {
      if (watcher) function(watcher);
    }
  }

 private:
  static constexpr std::size_t searched_max = 16;

  /// The place of a watcher, or places_.size().
  [[nodiscard]] std::size_t find(const AnyRef& watcher) const;
  /// Closes the gaps.
  void compact();

  std::vector<AnyRef> places_;                     // Null refs where one has gone.
  std::unordered_map<AnyRef, std::size_t> index_;  // Only where there are more than are searched.
  std::size_t size_ = 0;
};

}  // namespace troupe::runtime
