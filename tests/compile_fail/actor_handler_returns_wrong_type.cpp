// The handler of a request returns its Reply.
// expect: a handler of a request returns its Reply, a Result or Task of it

#include <string>
#include <troupe/troupe.hpp>

struct Balance {
  using Reply = int;
};

class Account : public troupe::Actor {
 public:
  using Protocol = troupe::Accepts<Balance>;
#ifdef FIXED
  int on(Balance) { return 1; }
#else
  std::string on(Balance) { return "much"; }
#endif
};

void use(troupe::ActorSystem& system) { system.spawn<Account>("account"); }
