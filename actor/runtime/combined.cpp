#include <troupe/actor/runtime/combined.hpp>

#include <utility>

namespace troupe::runtime {
namespace {

/// Those that this thread is to destroy after the one that it is destroying.
struct Doomed {
  bool destroying = false;
  Combined* newest = nullptr;
};
constinit thread_local Doomed doomed;

}  // namespace

void Combined::drop() noexcept {
  if (!claim_whole()) return;
  end_parts(Which::cancelled_when_dropped);
  publish_error(Error(ErrorCode::cancelled, nobody_waits));
}

void Combined::end_parts(Which which) noexcept {
  constexpr const char* not_needed = "the result is not needed any more";
  Combined* newest = this;
  // Who claims one may link it. The list grows at its head, so a part stands before its whole; the
  // order among the parts of one does not matter.
  Combined* unread = nullptr;
  const auto read = [&](Combined& whole) {
    for (const CombinedPart& part : whole.parts_) {
      if (part.state->ready()) continue;
      if (which != Which::all && !part.state->is_cancelled_when_dropped()) continue;
      Combined* const combined = part.state->combined();
      if (combined == nullptr) {
        part.state->withdraw(ErrorCode::cancelled, not_needed);
      } else if (combined->claim_whole()) {
        combined->next_ = std::exchange(unread, combined);
      }
    }
  };
  read(*this);
  while (unread != nullptr) {
    Combined* const whole = std::exchange(unread, unread->next_);
    whole->next_ = std::exchange(newest, whole);
    read(*whole);
  }
  while (newest != this) {
    // Its own whole, which comes later, keeps it until then.
    Combined* const ended = std::exchange(newest, newest->next_);
    ended->publish_error(Error(ErrorCode::cancelled, not_needed));
  }
}

void Combined::destroy_in_turn() noexcept {
  if (doomed.destroying) {
    next_ = std::exchange(doomed.newest, this);
    return;
  }
  doomed.destroying = true;
  destroy_whole();
  while (Combined* const next = doomed.newest) {
    doomed.newest = next->next_;
    next->destroy_whole();
  }
  doomed.destroying = false;
}

}  // namespace troupe::runtime
