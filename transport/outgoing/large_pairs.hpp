// LargePairs: keeps the order between the ordinary and the large lane, for each pair of a sender
// and a receiver.
//
// A large message names the position in the ordinary lane that it must come after, and waits for it
// at its receiver. What its sender sends to the same receiver afterwards follows it on the large
// lane, until the other side has said that the pair's last message on that lane has arrived; then
// the ordinary lane is used again. Other pairs never notice.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <troupe/wire/fnv1a.hpp>
#include <vector>

namespace troupe::transport {

/// A sender here and a receiver there. Pairs that are equal share a lane; two that are different
/// may be taken for equal, which costs time and not order.
struct Pair {
  std::uint64_t sender = 0;
  std::uint64_t receiver = 0;

  [[nodiscard]] static Pair of(std::uint64_t sender, std::uint64_t actor,
                               std::string_view path) noexcept {
    return {sender, actor != 0 ? actor : wire::Fnv1a().append(path).value()};
  }
  friend bool operator==(const Pair&, const Pair&) = default;
};

/// Owner only. Few pairs send large messages at one time, so they are in a list.
class LargePairs {
 public:
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

  /// Whether the pair's next message has to take the large lane, whatever its size.
  [[nodiscard]] bool contains(const Pair& pair) const noexcept {
    return std::ranges::find(entries_, pair, &Entry::pair) != entries_.end();
  }

  /// The pair's newest message has this number on the large lane.
  void sent(const Pair& pair, std::uint64_t number) {
    const auto known = std::ranges::find(entries_, pair, &Entry::pair);
    if (known != entries_.end()) {
      known->last = number;
    } else {
      entries_.push_back({pair, number});
    }
  }

  /// So many messages of the large lane have arrived.
  void arrived(std::uint64_t count) {
    std::erase_if(entries_, [count](const Entry& entry) { return entry.last < count; });
  }
  /// Takes over the pairs of another list, whose messages follow so many of this one's.
  void adopt(LargePairs other, std::uint64_t before) {
    for (const Entry& entry : other.entries_) sent(entry.pair, before + entry.last);
  }
  void clear() noexcept { entries_.clear(); }

 private:
  struct Entry {
    Pair pair;
    std::uint64_t last;
  };
  std::vector<Entry> entries_;
};

}  // namespace troupe::transport
