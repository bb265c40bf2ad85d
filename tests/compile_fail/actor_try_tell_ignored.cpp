// Who asks whether a message was taken looks at the answer.
// expect: ignoring return(ed)? value
// expect: nodiscard

#include <troupe/troupe.hpp>

struct Deposit {};

void careless(troupe::ActorRef<troupe::Accepts<Deposit>> account) {
#ifdef FIXED
  account.tell(Deposit{});
#else
  account.try_tell(Deposit{});
#endif
}
