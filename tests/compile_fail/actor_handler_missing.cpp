// Every message of the protocol has a handler.
// expect: Protocol, or Private, names a message for which it has no public handler on\(\)

#include <troupe/troupe.hpp>

struct Deposit {};
struct Withdraw {};

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Deposit, Withdraw>;
  void on(Deposit) {}
#ifdef FIXED
  void on(Withdraw) {}
#endif
};

void use(troupe::ActorSystem& system) { system.spawn<Account>("account"); }
