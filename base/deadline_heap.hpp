// DeadlineHeap: the earliest of many deadlines, each of which can be taken out again.
//
// A binary heap whose entries know their place (Cormen et al., Introduction to Algorithms, 6.5,
// with handles). Entries belong to their owners. Adding deadlines in rising order costs O(1),
// everything else O(log n). Not synchronised.
#pragma once

#include <cstdint>
#include <troupe/base/clock.hpp>
#include <vector>

namespace troupe {

/// Something that has a time. At most in one heap; taken out before it is destroyed.
struct Deadline {
  /// The place of what is in no heap; so a heap holds 2^32 - 1 entries at most.
  static constexpr std::uint32_t not_armed = UINT32_MAX;

  /// Both are the heap's to change; `at` is the time that was set last.
  TimePoint at{};
  std::uint32_t place = not_armed;

  /// Whether it is in a heap.
  [[nodiscard]] bool armed() const noexcept { return place != not_armed; }
};

/// Holds pointers to entries and owns none: an entry must not move while it is in. Equal times come
/// out in any order. Only add() may allocate, and throw for want of memory.
class DeadlineHeap {
 public:
  /// How many entries are in; none of them needs to be due.
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

  /// The earliest deadline; only when not empty.
  [[nodiscard]] Deadline& earliest() const noexcept { return *heap_.front(); }

  /// Adds an entry that is not armed. Where there is no memory for that it stays so.
  void add(Deadline& entry, TimePoint at) {
    entry.at = at;
    heap_.push_back(&entry);
    rise(static_cast<std::uint32_t>(heap_.size() - 1), &entry);
  }

  /// Takes an entry out, if it is in.
  void remove(Deadline& entry) noexcept {
    if (!entry.armed()) return;
    const std::uint32_t hole = entry.place;
    entry.place = Deadline::not_armed;
    Deadline* last = heap_.back();
    heap_.pop_back();
    if (last == &entry) return;
    if (hole > 0 && last->at < heap_[(hole - 1) / 2]->at) {
      rise(hole, last);
    } else {
      sink(hole, last);
    }
  }

 private:
  void put(std::uint32_t place, Deadline* entry) noexcept {
    heap_[place] = entry;
    entry->place = place;
  }

  /// Puts `entry` at `place` or above it, so that nothing above it is later: O(1) for the latest
  /// one.
  void rise(std::uint32_t place, Deadline* entry) noexcept {
    while (place > 0 && entry->at < heap_[(place - 1) / 2]->at) {
      put(place, heap_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    put(place, entry);
  }

  /// Puts `entry` at `place` or below it, so that nothing below it is earlier.
  void sink(std::uint32_t place, Deadline* entry) noexcept {
    const auto size = static_cast<std::uint32_t>(heap_.size());
    for (std::uint32_t child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && heap_[child + 1]->at < heap_[child]->at) ++child;
      if (entry->at <= heap_[child]->at) break;
      put(place, heap_[child]);
      place = child;
    }
    put(place, entry);
  }

  std::vector<Deadline*> heap_;
};

}  // namespace troupe
