// MayWait: for a scope, what was given to a then() may wait all the same, for a future or for room,
// where that holds up a thread for continuations alone.
#pragma once

namespace troupe::runtime {

/// For who hands users' functions to a then() that, by contract, have a thread of their own to hold
/// up. Where the thread is another one, as in virtual time, nothing changes: a get() fails with
/// `deadlock` there.
class MayWait {
 public:
  MayWait() noexcept;
  ~MayWait();
  MayWait(const MayWait&) = delete;
  MayWait& operator=(const MayWait&) = delete;

 private:
  const bool before_;
};

}  // namespace troupe::runtime
