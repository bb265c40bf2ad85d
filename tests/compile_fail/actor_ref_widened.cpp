// A ref to fewer messages is no ref to more of them.
// expect: no viable conversion|conversion from .* requested|could not convert|no matching function

#include <troupe/troupe.hpp>

struct Deposit {};
struct Withdraw {};
using Wide = troupe::ActorRef<troupe::Accepts<Deposit, Withdraw>>;
using Narrow = troupe::ActorRef<troupe::Accepts<Deposit>>;

#ifdef FIXED
Narrow convert(Wide ref) { return ref; }
#else
Wide convert(Narrow ref) { return ref; }
#endif
