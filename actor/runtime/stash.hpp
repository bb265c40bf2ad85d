// Stash: the messages that an actor has put aside, oldest first.
//
// A handler that puts its message aside and then fails has it taken back: a failed message is not
// handled again unless on_poison says so, and its asker hears of the failure.
#pragma once

#include <troupe/actor/runtime/reply.hpp>
#include <vector>

namespace troupe::runtime {

/// Only the actor's own turn touches it.
class Stash {
 public:
  /// Puts a message aside. `by`, if any, is the one whose handler does it.
  void put(Envelope* message, Envelope* by);

  /// Whether the handler of `by` has put a message aside.
  [[nodiscard]] static bool has_put_aside(const Envelope& by) noexcept;

  /// What the handler of `by` has put aside and nobody has taken out since; null where it has not.
  [[nodiscard]] EnvelopePtr take_back(Envelope& by);

  /// All of them, oldest first.
  [[nodiscard]] std::vector<EnvelopePtr> take_all();

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    EnvelopePtr message;
    const Envelope* by;  // Compared only: it may be gone, and another in its place.
  };
  std::vector<Entry> entries_;
};

}  // namespace troupe::runtime
