// An AnyRef becomes a typed ref only where somebody says so.
// expect: no viable conversion|conversion from .* requested|could not convert|no matching function

#include <troupe/troupe.hpp>

struct Deposit {};
using Account = troupe::ActorRef<troupe::Accepts<Deposit>>;

Account convert(troupe::AnyRef ref) {
#ifdef FIXED
  return Account(ref);
#else
  return ref;
#endif
}
