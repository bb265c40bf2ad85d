// Only a request, which names the type of its answer, can be asked.
// expect: no matching (member )?function for call to
// expect: Request|'ReplyOf'

#include <troupe/troupe.hpp>

struct Balance {
#ifdef FIXED
  using Reply = int;
#endif
};

void misuse(troupe::ActorRef<troupe::Accepts<Balance>> account) {
  auto answer = account.ask(Balance{});
}
