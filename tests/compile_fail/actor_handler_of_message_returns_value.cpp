// A message without a Reply has nobody to answer.
// expect: a handler of a message without `using Reply` returns void or Task<>

#include <troupe/troupe.hpp>

struct Deposit {
#ifdef FIXED
  using Reply = int;
#endif
};

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit>;
  int on(Deposit) { return 1; }
};

void use(troupe::ActorSystem& system) { system.spawn<Account>("account"); }
