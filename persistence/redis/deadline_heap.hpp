// DeadlineHeap: which of many is due next. An indexed binary heap (Cormen et al., section 6.5):
// each element knows its place, so one that is no longer needed is taken out, and nothing of it
// stays.
#pragma once

#include <cstddef>
#include <limits>
#include <troupe/base/clock.hpp>
#include <utility>
#include <vector>

namespace troupe::redis {

/// T has the members `TimePoint deadline` and `std::size_t place`, which is the heap's own while T
/// is in it and DeadlineHeap::nowhere before. Owner only.
template <class T>
class DeadlineHeap {
 public:
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] bool empty() const noexcept { return elements_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return elements_.size(); }
  [[nodiscard]] T& first() const noexcept { return *elements_.front(); }

  void add(T& element) {
    elements_.push_back(&element);
    rise(elements_.size() - 1);
  }

  /// Does nothing where it is not in the heap.
  void remove(T& element) noexcept {
    const std::size_t place = std::exchange(element.place, nowhere);
    if (place == nowhere) return;
    T* last = elements_.back();
    elements_.pop_back();
    if (last == &element) return;
    elements_[place] = last;
    last->place = place;
    rise(place);
    sink(last->place);
  }

 private:
  void put(std::size_t place, T* element) noexcept {
    elements_[place] = element;
    element->place = place;
  }
  void rise(std::size_t place) noexcept {
    T* element = elements_[place];
    while (place > 0) {
      const std::size_t above = (place - 1) / 2;
      if (!(element->deadline < elements_[above]->deadline)) break;
      put(place, elements_[above]);
      place = above;
    }
    put(place, element);
  }
  void sink(std::size_t place) noexcept {
    T* element = elements_[place];
    while (true) {
      std::size_t below = 2 * place + 1;
      if (below >= elements_.size()) break;
      if (below + 1 < elements_.size() &&
          elements_[below + 1]->deadline < elements_[below]->deadline) {
        ++below;
      }
      if (!(elements_[below]->deadline < element->deadline)) break;
      put(place, elements_[below]);
      place = below;
    }
    put(place, element);
  }

  std::vector<T*> elements_;
};

}  // namespace troupe::redis
