// Combined: a future that is made of others, its parts, whatever its type.
//
// Each part's continuation is a member of the state, and holds a reference of it until it has run.
// So the state outlives its last part, also when nobody wants the result any more.
//
// Parts are done on any threads at the same time. Who decides the result is settled by claim(), as
// for every future: the first wins. Where all parts have to be done first, each ends with
// remaining.fetch_sub(1, acq_rel): release hands its result on, and acquire, by the one that counts
// to 0, takes them all, because the subtractions form one release sequence.
//
// The winner first ends the other parts and then publishes, so that whoever sees the result sees no
// part that still goes on. Ending a part runs its continuation on this thread at once; that finds
// the state claimed and does nothing.
//
// A whole that is dropped drops its parts: those that end then do, and the others go on and keep
// the whole's memory until they are done.
//
// Parts may be combined of others, to any depth. So neither ending them nor destroying them
// recurses: both go through lists, which are linked through the states.
#pragma once

#include <span>
#include <troupe/actor/runtime/future_state.hpp>
#include <vector>

namespace troupe::runtime {

/// A future that is a part of another one, and what that one does when it is done.
struct CombinedPart final : Continuation {
  Combined* whole = nullptr;
  FutureBase* state = nullptr;  ///< With a reference.

  void run() noexcept override;
  [[nodiscard]] bool may_block() const noexcept override { return false; }
  /// The result, to be moved once, when done.
  template <class R>
  [[nodiscard]] Result<R>&& to_move() noexcept {
    return static_cast<FutureState<R>*>(state)->to_move();
  }
};

/// A future that is made of others, whatever its type.
class Combined {
 public:
  Combined(const Combined&) = delete;
  Combined& operator=(const Combined&) = delete;

  [[nodiscard]] std::span<CombinedPart> parts() noexcept { return parts_; }
  /// Whether one part that is never done keeps the whole from being done; else all of them do.
  [[nodiscard]] virtual bool waits_for_each() const noexcept = 0;

  /// A part has its result. On the thread that brought it.
  virtual void part_done(CombinedPart& part) noexcept = 0;
  virtual void release_whole() noexcept = 0;

  /// Which of the parts that are not done.
  enum class Which : bool { all, cancelled_when_dropped };
  /// For the one who has claimed the whole: these parts fail, and theirs first. The caller holds a
  /// reference.
  void end_parts(Which which = Which::all) noexcept;

  /// Its consumer has dropped it: so the whole has dropped its parts. Those that go on when they
  /// are dropped do so. The caller holds a reference.
  void drop() noexcept;

 protected:
  Combined() = default;
  ~Combined() {
    for (const CombinedPart& part : parts_) part.state->release();
  }

  [[nodiscard]] virtual bool claim_whole() noexcept = 0;
  /// Completes the whole, which was claimed, with an error.
  virtual void publish_error(Error error) noexcept = 0;
  virtual void destroy_whole() noexcept = 0;
  /// Destroys the whole: now, or after the one that is being destroyed on this thread.
  void destroy_in_turn() noexcept;

  std::vector<CombinedPart> parts_;

 private:
  Combined* next_ = nullptr;  // In the list of the one who has claimed it, or who destroys it.
};

inline void CombinedPart::run() noexcept {
  Combined* owner = whole;
  owner->part_done(*this);
  owner->release_whole();  // The last reference destroys this part as well.
}

}  // namespace troupe::runtime
