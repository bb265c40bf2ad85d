// A typed ref takes the messages of its protocol and no others.
// expect: no matching (member )?function for call to .*tell|no matching function for call to
// expect: AcceptedBy|constraints not satisfied

#include <troupe/troupe.hpp>

struct Deposit {};
struct Withdraw {};

void misuse(troupe::ActorRef<troupe::Accepts<Deposit>> account) {
#ifdef FIXED
  account.tell(Deposit{});
#else
  account.tell(Withdraw{});
#endif
}
